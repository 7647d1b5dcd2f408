// What the browser makes of a packed matching: node matching.mjs FILE WEIGHTS OUT

import { readFileSync, writeFileSync } from "node:fs";
import { Costs, type Weights } from "../src/costs";

const [file, weights, out] = process.argv.slice(2);
const bytes = readFileSync(file);
const costs = new Costs(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer);
const answers = (JSON.parse(readFileSync(weights, "utf8")) as Weights[]).map((each) =>
  Array.from({ length: costs.layers }, (_, layer) => ({
    cost: [...costs.cost(layer, each)],
    assigned: [...costs.assigned(layer, each)],
  })),
);
writeFileSync(out, JSON.stringify(answers));
