// What is shown, in words: for labels, for the numbers, and for a screen reader.

import type { State } from "./state";
import type { Packed } from "./wire";

export const KEYS: readonly (readonly [string, string])[] = [
  ["↑ ↓", "layer, or the rollout's depth"],
  ["← →", "head; left of the first: all heads"],
  ["a", "attention: what the patch attends to"],
  ["t", "attended by: what attends to the patch"],
  ["r", "rollout: attention followed through depth"],
  ["q", "of a DETR: what an object query attends to"],
  ["c", "class token, then the other tokens that are no patch"],
  ["Shift + arrows", "move over the patches, or to the next query"],
  ["Enter", "pin the patch; a second pin compares"],
  ["l", "logarithmic scale"],
  ["s", "spotlight instead of colours"],
  ["o", "each small map on its own scale"],
];

export function tokenName(packed: Packed, token: number): string {
  if (token < packed.prefix.length) return `${packed.prefix[token]} token`;
  const at = token - packed.prefix.length;
  const kind = packed.cross.length ? "cell" : "patch";
  return `${kind} (${Math.floor(at / packed.grid.columns) + 1}, ${(at % packed.grid.columns) + 1})`;
}

export function headName(state: State): string {
  return state.head < 0 ? `${state.fusion} of heads` : `head ${state.head + 1}`;
}

/** "Attention of patch (3, 5), layer 7, head 2". */
export function subject(packed: Packed, state: State, queries: readonly number[]): string {
  if (state.mode === "queries") {
    const { names, scores } = packed.detections[state.decoder];
    const [query] = queries;
    return `Query ${query}, ${names[query]} ${percent(scores[query])}, decoder layer ${state.decoder + 1}, ${headName(state)}`;
  }
  const who = queries.map((query) => tokenName(packed, query)).join(" and ");
  if (state.mode === "rollout")
    return `Rollout of ${who}, layers ${state.start + 1} to ${state.stop + 1}, ${state.fusion} of heads`;
  const where = `layer ${state.layer + 1}, ${headName(state)}`;
  return state.mode === "attention" ? `Attention of ${who}, ${where}` : `Attention to ${who}, ${where}`;
}

/** A share as a percentage of three significant digits. */
export function percent(share: number): string {
  return `${significant(100 * share)} %`;
}

export function significant(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  if (Math.abs(value) < 0.001) return value.toExponential(1).replace("e-", "e−");
  return String(Number(value.toPrecision(3)));
}
