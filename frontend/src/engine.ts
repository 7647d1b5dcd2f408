// Everything that takes long: all maps of all layers, and rollouts from them. Runs in a worker.

import { FUSIONS, type Fusion } from "./attention";
import { type LayerMaps, layerMaps, rollout, type RolloutOptions, sortedEntries, threshold } from "./rollout";
import type { Packed } from "./wire";

/** Up to so many tokens the maps of all fusions are made and held at once. */
const ALL_FUSIONS = 640;

/** A layer's map with its heads fused, and its entries in the patches' columns in order. */
export interface Prepared {
  layer: number;
  fusion: Fusion;
  map: Float32Array;
  sorted: Float32Array;
}

export interface Asked {
  queries: number[];
  options: RolloutOptions;
}

export class Engine {
  private readonly known: (LayerMaps | undefined)[] = [];
  private readonly sorted = new Map<string, Float32Array>();

  constructor(private readonly packed: Packed) {}

  get layers(): number {
    return this.packed.layers.length;
  }

  /** log Σ exp of every query of a layer. */
  logSums(layer: number): Float32Array {
    return this.maps(layer, "mean").logSums;
  }

  /** What later questions would wait for, a layer at a time. */
  *prepare(): Generator<Prepared> {
    if (this.packed.layers[0].queries > ALL_FUSIONS) return;
    for (const fusion of FUSIONS)
      for (let layer = 0; layer < this.layers; layer++) {
        const map = this.maps(layer, fusion).fused[fusion]!;
        yield { layer, fusion, map, sorted: this.entries(layer, fusion) };
      }
  }

  /** The query's row after every layer from start to stop. */
  rollout(query: number, options: RolloutOptions): Float32Array[] {
    const { fusion, discard } = options;
    const { layers, prefix } = this.packed;
    return rollout(
      (layer) => this.maps(layer, fusion).fused[fusion]!,
      (layer) => threshold(this.entries(layer, fusion), discard),
      query,
      layers[0].queries,
      prefix.length,
      options,
    );
  }

  private maps(layer: number, fusion: Fusion): LayerMaps {
    const known = this.known[layer];
    if (known?.fused[fusion]) return known;
    const call = this.packed.layers[layer];
    const made = layerMaps(call, call.queries <= ALL_FUSIONS ? FUSIONS : [fusion]);
    return (this.known[layer] = made);
  }

  private entries(layer: number, fusion: Fusion): Float32Array {
    const name = `${layer} ${fusion}`;
    let entries = this.sorted.get(name);
    if (!entries) {
      const map = this.maps(layer, fusion).fused[fusion]!;
      entries = sortedEntries(map, this.packed.layers[layer].queries, this.packed.prefix.length);
      this.sorted.set(name, entries);
    }
    return entries;
  }
}
