// Rollouts that take so little that the page computes them itself, once the worker has made the maps: they are drawn in the
// very frame of the slider's movement, where an answer of the worker comes a frame later.

import { type Asked, type Prepared } from "./engine";
import { rollout, threshold } from "./rollout";
import type { Packed } from "./wire";

/** Layers times tokens, squared: about 4 ms of a page's turn. */
const QUICK = 10e6;

export function isQuick({ layers }: Packed): boolean {
  return (layers.length * layers[0].queries) ** 2 <= QUICK;
}

export class Quick {
  private readonly maps = new Map<string, Prepared>();

  constructor(private readonly packed: Packed) {}

  take(prepared: Prepared): void {
    this.maps.set(`${prepared.fusion} ${prepared.layer}`, prepared);
  }

  /** Of each query, its rows; null while a map is missing. */
  rollout({ queries, options }: Asked): Float32Array[][] | null {
    const { layers, prefix } = this.packed;
    const maps = layers.map((_, layer) => this.maps.get(`${options.fusion} ${layer}`));
    if (!maps.every((map) => map !== undefined)) return null;
    return queries.map((query) =>
      rollout(
        (layer) => maps[layer].map,
        (layer) => threshold(maps[layer].sorted, options.discard),
        query,
        layers[0].queries,
        prefix.length,
        options,
      ),
    );
  }
}
