// The receptive fields of a CNN: the theoretical box of any unit, and the effective fields that have come.

import type { Place } from "./places";
import { type Frame, type Grid, Wire } from "./wire";

type Span = readonly [number, number];

/** A layer or block: the first and the last pixel of each row and column of its units; null once they are summed up. */
interface Part {
  name: string;
  rows: Span[] | null;
  columns: Span[] | null;
}

export interface Unit {
  row: number;
  column: number;
}

/** The effective field of one unit. */
export interface Field {
  unit: Unit;
  /** Share of the gradient on each cell of the grid. */
  shares: Float32Array;
  /** Input pixels. */
  radius90: number;
}

interface Maps {
  rows: number[];
  columns: number[];
  steps: Uint8Array;
  scale: Float32Array;
  radius90: Float32Array;
}

export class Fields {
  readonly title: string;
  readonly frame: Frame;
  /** The cells of the input that maps have. */
  readonly grid: Grid;
  readonly parts: readonly Part[];
  readonly photograph: Uint8Array<ArrayBuffer>;
  private readonly maps = new Map<number, Maps>();

  constructor(boxes: ArrayBuffer) {
    const wire = new Wire(boxes);
    ({ title: this.title, frame: this.frame, grid: this.grid, parts: this.parts } = wire.said);
    this.photograph = wire.picture("photograph");
  }

  take(file: ArrayBuffer): void {
    const wire = new Wire(file);
    const { part, rows, columns } = wire.said;
    if (this.maps.has(part)) return;
    this.maps.set(part, {
      rows,
      columns,
      steps: new Uint8Array(wire.bytes("steps")),
      scale: wire.floats("scale"),
      radius90: wire.floats("radius_90"),
    });
  }

  /** The unit whose theoretical field's middle is nearest to a point of the input. */
  unitAt(part: number, row: number, column: number): Unit {
    const { rows, columns } = this.parts[part];
    return { row: nearest(rows, row), column: nearest(columns, column) };
  }

  /** The effective field nearest to that unit; null while it has not come. */
  field(part: number, unit: Unit): Field | null {
    const maps = this.maps.get(part);
    if (!maps) return null;
    const { rows, columns, steps, scale, radius90 } = maps;
    const row = closest(rows, unit.row);
    const column = closest(columns, unit.column);
    const at = row * columns.length + column;
    const cells = this.grid.rows * this.grid.columns;
    const shares = Float32Array.from(steps.subarray(at * cells, (at + 1) * cells), (step) => step * scale[at]);
    return { unit: { row: rows[row], column: columns[column] }, shares, radius90: radius90[at] };
  }

  /** Rows and columns of the input that can change the unit, if the picture had no edges; null where that is all. */
  box(part: number, { row, column }: Unit): { rows: Span; columns: Span } | null {
    const { rows, columns } = this.parts[part];
    return rows && columns && { rows: rows[row], columns: columns[column] };
  }

  /** The part of a box that lies on the input, in shares of the photograph. */
  placeOf(box: { rows: Span; columns: Span }): Place {
    const { frame } = this;
    const inside = ([from, to]: Span, most: number): Span => [Math.max(from, 0), Math.min(to, most)];
    const [top, bottom] = inside(box.rows, frame.input_height);
    const [left, right] = inside(box.columns, frame.input_width);
    const across = frame.column_scale * frame.photo_width;
    const down = frame.row_scale * frame.photo_height;
    return {
      left: (left - frame.column_offset) / across,
      top: (top - frame.row_offset) / down,
      width: (right - left) / across,
      height: (bottom - top) / down,
    };
  }
}

function nearest(spans: readonly Span[] | null, at: number): number {
  return spans ? closest(spans.map(([from, to]) => (from + to) / 2), at) : 0;
}

function closest(places: readonly number[], at: number): number {
  let best = 0;
  places.forEach((place, each) => {
    if (Math.abs(place - at) < Math.abs(places[best] - at)) best = each;
  });
  return best;
}
