// Attention rollout of one token (Abnar and Zuidema 2020), by the rules of explorer/analysis/rollout.py.

import { FUSIONS, type Fusion, softmaxRow } from "./attention";
import type { Call } from "./wire";

/** A layer's maps with its heads fused, queries x keys each, and log Σ exp of every query, heads x queries. */
export interface LayerMaps {
  fused: Partial<Record<Fusion, Float32Array>>;
  logSums: Float32Array;
}

export interface RolloutOptions {
  fusion: Fusion;
  /** Share of the lowest entries set to zero. */
  discard: number;
  /** Weight of the identity. */
  residual: number;
  /** First and last layer of the product, counted from 0. */
  start: number;
  stop: number;
}

const ROUNDING = 64 * 2 ** -23;

/** Every map of a layer, once: heads are fused as they come, and none is held. */
export function layerMaps(call: Call, fusions: readonly Fusion[] = FUSIONS): LayerMaps {
  const { heads, queries, keys } = call;
  const fused: Partial<Record<Fusion, Float32Array>> = {};
  for (const fusion of fusions) fused[fusion] = new Float32Array(queries * keys);
  const { mean, max, min } = fused;
  const logSums = new Float32Array(heads * queries);
  const weights = new Float32Array(keys);
  for (let query = 0, at = 0; query < queries; query++, at += keys)
    for (let head = 0; head < heads; head++) {
      logSums[head * queries + query] = softmaxRow(call, head, query, weights);
      for (let key = 0; key < keys; key++) {
        const weight = weights[key];
        if (mean) mean[at + key] += weight / heads;
        if (max && (head === 0 || weight > max[at + key])) max[at + key] = weight;
        if (min && (head === 0 || weight < min[at + key])) min[at + key] = weight;
      }
    }
  return { fused, logSums };
}

/** The entries in the patches' columns in order, from which the threshold of any discard can be read. */
export function sortedEntries(map: Float32Array, tokens: number, prefix: number): Float32Array {
  const patches = tokens - prefix;
  const entries = new Float32Array(tokens * patches);
  for (let query = 0; query < tokens; query++)
    entries.set(map.subarray(query * tokens + prefix, (query + 1) * tokens), query * patches);
  return entries.sort();
}

/** What lies strictly below is discarded; an entry of the threshold itself, to rounding, stays. */
export function threshold(sorted: Float32Array, discard: number): number {
  return sorted[Math.floor(discard * sorted.length)] * (1 - ROUNDING);
}

/**
 * The token's row after every layer from start to stop. Each depth's row is a vector, at first the token alone, that is
 * carried down to the first layer; one visit to a layer's map serves the vectors of all depths above it. The first `prefix`
 * tokens are no patches: their columns are neither counted nor discarded.
 */
export function rollout(
  maps: (layer: number) => Float32Array,
  thresholds: (layer: number) => number,
  query: number,
  tokens: number,
  prefix: number,
  options: RolloutOptions,
): Float32Array[] {
  const { discard, residual, start, stop } = options;
  // Four rows at a time, so that the vectors are read and written a quarter as often; the last may be of no token.
  const padded = 4 * Math.ceil(tokens / 4);
  const blank = (): Float64Array[] => Array.from({ length: stop - start + 1 }, () => new Float64Array(padded));
  let [chains, carried] = [blank(), blank()];
  const kept = new Float32Array(4 * tokens);
  const weights = new Float64Array(4);
  const identities = new Float64Array(4);
  for (let layer = stop; layer >= start; layer--) {
    const map = maps(layer);
    const lowest = discard > 0 ? thresholds(layer) : -1;
    const begun = stop - layer + 1;
    chains[begun - 1][query] = 1;
    for (let depth = 0; depth < begun; depth++) carried[depth].fill(0);
    for (let token = 0; token < tokens; token += 4) {
      for (let row = 0; row < 4 && token + row < tokens; row++) {
        const at = row * tokens;
        const from = (token + row) * tokens;
        let sum = 0;
        for (let key = 0; key < prefix; key++) sum += kept[at + key] = map[from + key];
        // A product, since a branch is guessed wrong too often.
        for (let key = prefix; key < tokens; key++) sum += kept[at + key] = map[from + key] * Number(map[from + key] >= lowest);
        const whole = residual + (1 - residual) * sum;
        // Without the identity a row may have lost everything: its token stays itself.
        weights[row] = whole === 0 ? 0 : (1 - residual) / whole;
        identities[row] = whole === 0 ? 1 : residual / whole;
      }
      for (let depth = 0; depth < begun; depth++) carry(chains[depth], carried[depth], token, kept, weights, identities);
    }
    [chains, carried] = [carried, chains];
  }
  return chains.reverse().map((chain) => Float32Array.from(chain.subarray(0, tokens)));
}

/** Adds what four rows carry of a vector: each its share of the vector, mixed with the identity. */
function carry(
  chain: Float64Array,
  into: Float64Array,
  token: number,
  kept: Float32Array,
  weights: Float64Array,
  identities: Float64Array,
): void {
  const tokens = kept.length / 4;
  for (let row = 0; row < 4; row++) into[token + row] += chain[token + row] * identities[row];
  const a = chain[token] * weights[0];
  const b = chain[token + 1] * weights[1];
  const c = chain[token + 2] * weights[2];
  const d = chain[token + 3] * weights[3];
  if (a + b + c + d === 0) return;
  for (let key = 0; key < tokens; key++)
    into[key] += a * kept[key] + b * kept[key + tokens] + c * kept[key + 2 * tokens] + d * kept[key + 3 * tokens];
}
