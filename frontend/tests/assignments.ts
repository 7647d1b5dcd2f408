// The assignments of cost matrices, for the tests that hold them beside SciPy's.
//   node assignments.mjs MATRICES OUT
// MATRICES is a JSON list of { rows, columns, cost }; OUT becomes one list of columns for each.

import { readFileSync, writeFileSync } from "node:fs";
import { assignment } from "../src/hungarian";

const [matrices, out] = process.argv.slice(2);
const given = JSON.parse(readFileSync(matrices, "utf8")) as { rows: number; columns: number; cost: number[] }[];
writeFileSync(
  out,
  JSON.stringify(given.map(({ rows, columns, cost }) => [...assignment(Float64Array.from(cost), rows, columns)])),
);
