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
 * The token's row after every layer from start to stop. Each depth's row is carried as a vector down to the first
 * layer; one visit to a layer's map serves the vectors of all depths above it. The first `prefix` tokens are no patches: their
 * columns are neither counted nor discarded.
 */
export function rollout(
  maps: (layer: number) => Float32Array,
  thresholds: (layer: number) => number,
  query: number,
  tokens: number,
  prefix: number,
  options: RolloutOptions,
): Float32Array[] {
  const { residual, start, stop } = options;
  let chains: Float64Array[] = [];
  const mixed = new Float64Array(tokens);
  for (let layer = stop; layer >= start; layer--) {
    const map = maps(layer);
    const lowest = options.discard > 0 ? thresholds(layer) : -1;
    const carried = chains.map(() => new Float64Array(tokens));
    let begun = mixed;
    for (let token = 0; token < tokens; token++) {
      if (chains.length === 0 && token !== query) continue;
      let sum = residual;
      for (let key = 0, at = token * tokens; key < tokens; key++, at++) {
        const kept = key < prefix || map[at] >= lowest;
        sum += mixed[key] = kept ? (1 - residual) * map[at] : 0;
      }
      mixed[token] += residual;
      // Without the identity a row may have lost everything: its token stays itself.
      if (sum === 0) mixed[token] = sum = 1;
      for (let depth = 0; depth < chains.length; depth++) {
        const share = chains[depth][token] / sum;
        if (share === 0) continue;
        const into = carried[depth];
        for (let key = 0; key < tokens; key++) into[key] += share * mixed[key];
      }
      if (token === query) begun = mixed.map((weight) => weight / sum);
    }
    chains = [...carried, begun];
  }
  return chains.reverse().map((chain) => Float32Array.from(chain));
}
