// The three strips of small maps: heads, layers, and a DETR's decoder layers.

import type { Bounds, State } from "./state";
import { Strip } from "./tiles";
import type { Packed } from "./wire";
import { headName } from "./words";

export class Strips {
  readonly heads: Strip;
  readonly layers: Strip;
  readonly decoders: Strip;

  constructor(packed: Packed, bounds: Bounds, state: () => State, onChange: (changed: Partial<State>) => void) {
    const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
    const number = (value: number): string => String(value + 1);
    this.heads = new Strip(
      packed,
      [-1, ...upTo(bounds.heads)],
      (head) => (head < 0 ? "all" : number(head)),
      (head) => (head < 0 ? `all heads, ${state().fusion}` : `head ${head + 1}`),
      (head) => onChange({ head }),
    );
    this.layers = new Strip(
      packed,
      upTo(bounds.layers),
      number,
      (layer) => `layer ${layer + 1}`,
      (layer) => onChange(state().mode === "rollout" ? { stop: layer } : { layer }),
    );
    this.decoders = new Strip(
      packed,
      upTo(bounds.decoders),
      number,
      (layer) => `decoder layer ${layer + 1}`,
      (decoder) => onChange({ decoder }),
    );
  }

  get all(): Strip[] {
    return [this.heads, this.layers, this.decoders];
  }

  /** Those that the mode shows. */
  get shown(): Strip[] {
    return this.all.filter((strip) => !strip.element.hidden);
  }

  update(state: State): void {
    const rollout = state.mode === "rollout";
    const queries = state.mode === "queries";
    this.heads.element.hidden = rollout;
    this.layers.element.hidden = queries;
    this.decoders.element.hidden = !queries;
    const layer = queries ? `decoder layer ${state.decoder + 1}` : `layer ${state.layer + 1}`;
    this.heads.choose(`Heads of ${layer}`, state.head);
    this.decoders.choose(`Decoder layers, ${headName(state)}`, state.decoder);
    if (rollout) this.layers.choose("After each layer, on its own scale", state.stop, state.start);
    else this.layers.choose(`Layers, ${headName(state)}`, state.layer);
  }
}
