// The maps of what is asked about, made when they are first wanted and kept while the question is the same.

import { column, fuse, softmaxRow } from "./attention";
import type { State } from "./state";
import type { Packed } from "./wire";

export class Maps {
  private question = "";
  private readonly known = new Map<string, Float32Array>();
  /** Arrays of maps that are forgotten, to be written again: a hundred new ones a move would have the browser stop now and then to
   * collect the old ones. */
  private spare: Float32Array[] = [];

  constructor(
    private readonly packed: Packed,
    private readonly logSums: readonly Float32Array[],
  ) {}

  /** What the token or a DETR's query attends to, or what attends to it, in a head (−1: all, fused); null while that is not known yet. */
  of(state: State, layer: number, head: number, query: number): Float32Array | null {
    if (state.mode === "attended" && !this.logSums[layer]) return null;
    if (this.packed.rows && !this.packed.rows.has(query)) return null;
    const question = `${state.mode} ${state.fusion}`;
    if (question !== this.question) this.only([]);
    this.question = question;
    const name = `${query} ${layer} ${head}`;
    let found = this.known.get(name);
    if (!found) this.known.set(name, (found = this.made(state, layer, head, query)));
    return found;
  }

  /** Forget what is not about these tokens. */
  only(queries: readonly number[]): void {
    for (const [name, map] of this.known)
      if (!queries.includes(parseInt(name))) {
        this.known.delete(name);
        this.spare.push(map);
      }
  }

  private blank(length: number): Float32Array {
    const spare = this.spare.pop();
    if (spare?.length === length) return spare;
    this.spare = [];
    return new Float32Array(length);
  }

  private made(state: State, layer: number, head: number, query: number): Float32Array {
    const call = state.mode === "queries" ? this.packed.cross[layer] : this.packed.layers[layer];
    if (head < 0) {
      const rows = Array.from({ length: call.heads }, (_, each) => this.of(state, layer, each, query)!);
      return fuse(rows, state.fusion, this.blank(rows[0].length));
    }
    if (state.mode === "attended") return column(call, head, query, this.logSums[layer], this.blank(call.queries));
    const weights = this.blank(call.keys);
    if (this.packed.rows) {
      const at = (layer * call.heads + head) * call.keys;
      weights.set(this.packed.rows.get(query)!.subarray(at, at + call.keys));
      return weights;
    }
    softmaxRow(call, head, query, weights);
    return weights;
  }
}
