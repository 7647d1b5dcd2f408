// What a packed generation says of every step: node generation.mjs FILE OUT

import { readFileSync, writeFileSync } from "node:fs";
import { Generated } from "../src/generated";

const [file, out] = process.argv.slice(2);
const bytes = readFileSync(file);
const data = new Generated(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer);
const steps = [...Array(data.total).keys()].map((step) => ({
  place: data.place(step),
  first: data.stepOf(data.place(step)[0], data.place(step)[1]),
  memory: [...data.memory(step)],
  value: data.values[step],
  drawn: data.drawn[step],
  bits: data.bits[step],
  probability: [...data.distribution("probability", step)],
  kept: [...data.distribution("kept", step)],
  maps: data.maps.map((_, map) => data.attention(step, map)).map(({ onValues, onStart }) => ({ onValues: [...onValues], onStart })),
}));
writeFileSync(out, JSON.stringify(steps));
