// Answers what a CNN's units see, for the tests that hold it beside the Python library's answers.
//   node fields.mjs BOXES MAPS POINTS OUT
// POINTS is a JSON list of [part, row, column] in the input's pixels; OUT becomes one JSON answer for each.

import { readFileSync, writeFileSync } from "node:fs";
import { Fields } from "../src/fields";

const [boxes, maps, points, out] = process.argv.slice(2);
const file = (path: string): ArrayBuffer => {
  const bytes = readFileSync(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
};
const fields = new Fields(file(boxes));
fields.take(file(maps));
const answers = (JSON.parse(readFileSync(points, "utf8")) as [number, number, number][]).map(([part, row, column]) => {
  const unit = fields.unitAt(part, row, column);
  const field = fields.field(part, unit);
  return { unit, box: fields.box(part, unit), field: field && { ...field, shares: [...field.shares] } };
});
writeFileSync(out, JSON.stringify(answers));
