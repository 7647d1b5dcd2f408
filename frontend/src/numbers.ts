// What is said of a row of weights in numbers.

import type { Grid } from "./wire";

/** Bits of the row: 0 for one token, log2 N for all alike. A row that does not sum to 1 is divided by its sum. */
export function entropy(weights: Float32Array): number {
  const sum = total(weights, 0);
  let bits = 0;
  for (const weight of weights) if (weight > 0) bits -= (weight / sum) * Math.log2(weight / sum);
  return bits;
}

/** Mean distance in input pixels from the query's centre to the patches', NaN for a token that has no place. */
export function meanDistance(weights: Float32Array, query: number, prefix: number, grid: Grid): number {
  if (query < prefix) return NaN;
  const row = Math.floor((query - prefix) / grid.columns);
  const column = (query - prefix) % grid.columns;
  const down = grid.height / grid.rows;
  const across = grid.width / grid.columns;
  let sum = 0;
  let moment = 0;
  for (let i = 0, at = prefix; i < grid.rows; i++)
    for (let j = 0; j < grid.columns; j++, at++) {
      sum += weights[at];
      moment += weights[at] * Math.hypot((i - row) * down, (j - column) * across);
    }
  return moment / sum;
}

/** Share of the row on tokens that are no patch. */
export function onPrefix(weights: Float32Array, prefix: number): number {
  return (total(weights, 0) - total(weights, prefix)) / total(weights, 0);
}

export function total(weights: Float32Array, from: number): number {
  let sum = 0;
  for (let i = from; i < weights.length; i++) sum += weights[i];
  return sum;
}

export function largest(weights: Float32Array, from: number): number {
  let most = 0;
  for (let i = from; i < weights.length; i++) if (weights[i] > most) most = weights[i];
  return most;
}
