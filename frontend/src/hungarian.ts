// The cheapest one-to-one assignment (Crouse 2016, shortest augmenting paths), step by step as SciPy's
// linear_sum_assignment does it, so that of several that are equally cheap both take the same.

/** For each row its column, −1 where there are more rows than columns; `cost` is rows x columns. */
export function assignment(cost: Float64Array, rows: number, columns: number): Int32Array {
  if (rows <= columns) return solved(cost, rows, columns);
  const turned = new Float64Array(cost.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = cost[row * columns + column];
  const result = new Int32Array(rows).fill(-1);
  solved(turned, columns, rows).forEach((row, column) => (result[row] = column));
  return result;
}

function solved(cost: Float64Array, rows: number, columns: number): Int32Array {
  const u = new Float64Array(rows);
  const v = new Float64Array(columns);
  const lengths = new Float64Array(columns);
  const path = new Int32Array(columns).fill(-1);
  const columnOf = new Int32Array(rows).fill(-1);
  const rowOf = new Int32Array(columns).fill(-1);
  const left = new Int32Array(columns);
  for (let begun = 0; begun < rows; begun++) {
    const rowsSeen = new Set<number>();
    const columnsSeen = new Set<number>();
    for (let at = 0; at < columns; at++) left[at] = columns - at - 1;
    lengths.fill(Infinity);
    let remaining = columns;
    let least = 0;
    let row = begun;
    let sink = -1;
    while (sink < 0) {
      let chosen = -1;
      let lowest = Infinity;
      rowsSeen.add(row);
      for (let at = 0; at < remaining; at++) {
        const column = left[at];
        const length = least + cost[row * columns + column] - u[row] - v[column];
        if (length < lengths[column]) {
          path[column] = row;
          lengths[column] = length;
        }
        if (lengths[column] < lowest || (lengths[column] === lowest && rowOf[column] < 0)) {
          lowest = lengths[column];
          chosen = at;
        }
      }
      if (chosen < 0) throw new Error("A cost is no number");
      least = lowest;
      const column = left[chosen];
      if (rowOf[column] < 0) sink = column;
      else row = rowOf[column];
      columnsSeen.add(column);
      left[chosen] = left[--remaining];
    }
    u[begun] += least;
    for (const seen of rowsSeen) if (seen !== begun) u[seen] += least - lengths[columnOf[seen]];
    for (const seen of columnsSeen) v[seen] -= least - lengths[seen];
    for (let column = sink; ; ) {
      const owner = path[column];
      rowOf[column] = owner;
      [columnOf[owner], column] = [column, columnOf[owner]];
      if (owner === begun) break;
    }
  }
  return columnOf;
}
