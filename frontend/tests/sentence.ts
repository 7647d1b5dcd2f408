// Rows of changed layers of a packed sentence: node sentence.mjs FILE CHANGES OUT
// CHANGES is a JSON list of { layer, scale, temperature, causal, masked }; OUT becomes the weights of all heads and words.

import { readFileSync, writeFileSync } from "node:fs";
import { changedRow, type Change } from "../src/attention";
import { callsOf, Wire } from "../src/wire";

const [file, changes, out] = process.argv.slice(2);
const bytes = readFileSync(file);
const calls = callsOf(new Wire(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer));
const answers = (JSON.parse(readFileSync(changes, "utf8")) as (Change & { layer: number })[]).map((change) => {
  const call = calls[change.layer];
  const every = (count: number): number[] => [...Array(count).keys()];
  return every(call.heads).map((head) => every(call.queries).map((query) => [...changedRow(call, head, query, change)]));
});
writeFileSync(out, JSON.stringify(answers));
