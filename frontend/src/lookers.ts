// Which of a DETR's queries attend to a cell.

import { column, softmaxRow } from "./attention";
import type { Packed } from "./wire";

export class Lookers {
  /** log Σ exp of every query of a decoder layer, heads x queries. */
  private readonly logSums: Float32Array[] = [];

  constructor(private readonly packed: Packed) {}

  /** The weight that each query gives to the cell, the mean of the heads of a decoder layer. */
  weights(layer: number, cell: number): Float32Array {
    const call = this.packed.cross[layer];
    const sums = (this.logSums[layer] ??= this.summed(layer));
    const mean = new Float32Array(call.queries);
    for (let head = 0; head < call.heads; head++)
      column(call, head, cell, sums).forEach((weight, query) => (mean[query] += weight / call.heads));
    return mean;
  }

  /** The queries that give it most, the first first. */
  most(layer: number, cell: number, count: number): { query: number; weight: number }[] {
    const ranked = Array.from(this.weights(layer, cell), (weight, query) => ({ query, weight }));
    return ranked.sort((a, b) => b.weight - a.weight).slice(0, count);
  }

  private summed(layer: number): Float32Array {
    const call = this.packed.cross[layer];
    const sums = new Float32Array(call.heads * call.queries);
    const row = new Float32Array(call.keys);
    for (let head = 0, at = 0; head < call.heads; head++)
      for (let query = 0; query < call.queries; query++, at++) sums[at] = softmaxRow(call, head, query, row);
    return sums;
  }
}
