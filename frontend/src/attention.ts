// Rows, columns and whole maps of one attention call.

import type { Call } from "./wire";

export type Fusion = "mean" | "max" | "min";
export const FUSIONS: readonly Fusion[] = ["mean", "max", "min"];

/** What one query attends to in one head: weights over all keys that sum to 1, or zeros where it may see nothing. */
export function row(call: Call, head: number, query: number): Float32Array {
  const weights = new Float32Array(call.keys);
  softmaxRow(call, head, query, weights);
  return weights;
}

/** What is done to the scores of a layer before its softmax. */
export interface Change {
  /** Times the model's own. */
  scale: number;
  temperature: number;
  causal: boolean;
  /** Tokens that no query sees. */
  masked: readonly number[];
}

/** The row where the layer is changed; zeros where nothing is left to be seen. */
export function changedRow(call: Call, head: number, query: number, change: Change): Float32Array {
  const weights = new Float32Array(call.keys);
  scores(call, head, query, weights);
  let highest = -Infinity;
  for (let key = 0; key < call.keys; key++) {
    const hidden = weights[key] === -Infinity || (change.causal && key > query) || change.masked.includes(key);
    const bias = hidden ? 0 : added(call, head, query, key);
    weights[key] = hidden ? -Infinity : ((weights[key] - bias) * change.scale + bias) / change.temperature;
    highest = Math.max(highest, weights[key]);
  }
  if (highest === -Infinity) return weights.fill(0);
  let sum = 0;
  for (let key = 0; key < call.keys; key++) sum += weights[key] = Math.exp(weights[key] - highest);
  return weights.map((weight) => weight / sum);
}

/** Writes the row, and returns log Σ exp of its scores: any single weight is exp(score − that). */
export function softmaxRow(call: Call, head: number, query: number, into: Float32Array): number {
  const highest = scores(call, head, query, into);
  if (highest === -Infinity) {
    into.fill(0);
    return Infinity;
  }
  let sum = 0;
  for (let key = 0; key < call.keys; key++) sum += into[key] = Math.exp(into[key] - highest);
  for (let key = 0; key < call.keys; key++) into[key] /= sum;
  return highest + Math.log(sum);
}

/** What every query gives to one key in one head, from the queries' `softmaxRow`, heads x queries. */
export function column(
  call: Call,
  head: number,
  key: number,
  logSums: Float32Array,
  weights: Float32Array = new Float32Array(call.queries),
): Float32Array {
  const { queries, dim, q, k } = call;
  weights.fill(0);
  const there = (head * call.keys + key) * dim;
  for (let query = 0; query < queries; query++) {
    if (!sees(call, head, query, key)) continue;
    const here = (head * queries + query) * dim;
    let dot = added(call, head, query, key);
    for (let c = 0; c < dim; c++) dot += q[here + c] * k[there + c];
    weights[query] = Math.exp(dot - logSums[head * queries + query]);
  }
  return weights;
}

/** Heads in one, entry by entry. */
export function fuse(
  rows: readonly Float32Array[],
  fusion: Fusion,
  fused: Float32Array = new Float32Array(rows[0].length),
): Float32Array {
  fused.set(rows[0]);
  for (let head = 1; head < rows.length; head++) {
    const weights = rows[head];
    if (fusion === "mean") for (let i = 0; i < fused.length; i++) fused[i] += weights[i];
    else if (fusion === "max") for (let i = 0; i < fused.length; i++) fused[i] = Math.max(fused[i], weights[i]);
    else for (let i = 0; i < fused.length; i++) fused[i] = Math.min(fused[i], weights[i]);
  }
  if (fusion === "mean") for (let i = 0; i < fused.length; i++) fused[i] /= rows.length;
  return fused;
}

/** Writes the query's scores, and returns the highest; −∞ where it may see nothing. */
function scores(call: Call, head: number, query: number, into: Float32Array): number {
  const { keys, dim, q, k, bias } = call;
  const here = (head * call.queries + query) * dim;
  let highest = -Infinity;
  for (let key = 0, at = head * keys * dim; key < keys; key++, at += dim) {
    let a = 0;
    let b = 0;
    let c = 0;
    for (; c + 1 < dim; c += 2) {
      a += q[here + c] * k[at + c];
      b += q[here + c + 1] * k[at + c + 1];
    }
    if (c < dim) a += q[here + c] * k[at + c];
    let score = a + b;
    if (call.causal || bias !== null)
      score = sees(call, head, query, key) ? score + added(call, head, query, key) : -Infinity;
    into[key] = score;
    if (score > highest) highest = score;
  }
  return highest;
}

function sees(call: Call, head: number, query: number, key: number): boolean {
  if (call.causal && key > query) return false;
  return call.bias === null || !call.bias.mask || biasAt(call, head, query, key) !== 0;
}

function added(call: Call, head: number, query: number, key: number): number {
  return call.bias === null || call.bias.mask ? 0 : biasAt(call, head, query, key);
}

function biasAt(call: Call, head: number, query: number, key: number): number {
  const { values, heads, queries, keys } = call.bias!;
  const h = heads === 1 ? 0 : head;
  const i = queries === 1 ? 0 : query;
  const j = keys === 1 ? 0 : key;
  return values[(h * queries + i) * keys + j];
}
