// Answers questions about a packed buffer, for the tests that hold them beside the Python library's answers.
//   node answer.mjs BUFFER QUESTIONS OUT
// QUESTIONS is a JSON list; OUT becomes the answers' numbers, 32-bit floats one after the other.

import { readFileSync, writeFileSync } from "node:fs";
import { column, fuse, type Fusion, row } from "../src/attention";
import { Engine } from "../src/engine";
import { Lookers } from "../src/lookers";
import { entropy, meanDistance, onPrefix } from "../src/numbers";
import { Quick } from "../src/quick";
import type { RolloutOptions } from "../src/rollout";
import { decode } from "../src/wire";

interface Question {
  what: "row" | "column" | "fused" | "cross" | "lookers" | "rollout" | "quick" | "numbers";
  layer: number;
  token: number;
  fusion: Fusion;
  options: RolloutOptions;
}

const [buffer, questions, out] = process.argv.slice(2);
const bytes = readFileSync(buffer);
const packed = decode(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer);
const engine = new Engine(packed);
let quick: Quick | undefined;

function prepared(): Quick {
  if (quick) return quick;
  quick = new Quick(packed);
  for (const each of engine.prepare()) quick.take(each);
  return quick;
}

const answers: Float32Array[] = [];

for (const { what, layer, token, fusion, options } of JSON.parse(readFileSync(questions, "utf8")) as Question[]) {
  const call = what === "cross" ? packed.cross[layer] : packed.layers[layer];
  const heads = [...Array(call.heads).keys()];
  if (what === "lookers") answers.push(new Lookers(packed).weights(layer, token));
  else if (what === "rollout") answers.push(...engine.rollout(token, options));
  else if (what === "quick") answers.push(...prepared().rollout({ queries: [token], options })![0]);
  else if (what === "column")
    answers.push(...heads.map((head) => column(call, head, token, engine.logSums(layer))));
  else {
    const rows = heads.map((head) => row(call, head, token));
    if (what === "fused") answers.push(fuse(rows, fusion));
    else if (what === "numbers")
      for (const weights of rows) {
        const distance = meanDistance(weights, token, packed.prefix.length, packed.grid);
        answers.push(Float32Array.of(entropy(weights), distance, onPrefix(weights, packed.prefix.length)));
      }
    else answers.push(...rows);
  }
}
writeFileSync(out, Buffer.concat(answers.map((each) => Buffer.from(each.buffer, each.byteOffset, each.byteLength))));
