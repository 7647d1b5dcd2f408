// What a lens shows, and how keys change it. Nothing here touches the page.

import type { Fusion } from "./attention";
import type { Packed } from "./wire";

export type Mode = "attention" | "attended" | "rollout" | "queries";

export interface State {
  mode: Mode;
  /** Counted from 0, as everything here. */
  layer: number;
  /** −1: all heads, fused. */
  head: number;
  fusion: Fusion;
  discard: number;
  residual: number;
  /** First and last layer of the rollout. */
  start: number;
  stop: number;
  /** Weights on a logarithmic scale. */
  log: boolean;
  /** The photograph is lit instead of coloured. */
  spotlight: boolean;
  /** Each small map up to its own largest weight instead of all up to one. */
  own: boolean;
  /** Patches that stay, as tokens: none, one, or two to be compared. */
  pins: number[];
  /** The token shown while nothing is pinned or under the pointer. */
  token: number;
  /** A DETR's query and decoder layer, for the mode of queries. */
  query: number;
  decoder: number;
}

/** What bounds a state. */
export interface Bounds {
  layers: number;
  heads: number;
  prefix: number;
  tokens: number;
  /** Patches in a row of the grid. */
  columns: number;
  /** Queries and decoder layers of a DETR, 0 of other models. */
  queries: number;
  decoders: number;
  /** Rows of attention and rollouts are all there is, and come from the server. */
  rowsOnly: boolean;
}

export function boundsOf(packed: Packed): Bounds {
  const { rows, columns } = packed.grid;
  const prefix = packed.prefix.length;
  const [first] = packed.layers;
  return {
    layers: packed.layers.length,
    heads: first.heads,
    prefix,
    tokens: prefix + rows * columns,
    columns,
    queries: packed.cross[0]?.queries ?? 0,
    decoders: packed.cross.length,
    rowsOnly: packed.rows !== null,
  };
}

export function opening(bounds: Bounds): State {
  const rows = (bounds.tokens - bounds.prefix) / bounds.columns;
  const middle = Math.floor((rows - 1) / 2) * bounds.columns + Math.floor((bounds.columns - 1) / 2);
  return {
    mode: bounds.queries ? "queries" : "attention",
    layer: bounds.layers - 1,
    head: -1,
    fusion: "mean",
    discard: 0,
    residual: 0.5,
    start: 0,
    stop: bounds.layers - 1,
    log: false,
    spotlight: false,
    own: false,
    pins: [],
    token: bounds.prefix ? 0 : middle,
    query: 0,
    decoder: Math.max(0, bounds.decoders - 1),
  };
}

export function canBe(mode: Mode, bounds: Bounds): boolean {
  return mode === "queries" ? bounds.queries > 0 : mode !== "attended" || !bounds.rowsOnly;
}

/** The nearest state that can be, whatever was asked. */
export function bounded(state: State, bounds: Bounds): State {
  const start = clamp(state.start, 0, bounds.layers - 1);
  return {
    ...state,
    layer: clamp(state.layer, 0, bounds.layers - 1),
    head: clamp(state.head, -1, bounds.heads - 1),
    discard: clamp(state.discard, 0, 0.95),
    residual: clamp(state.residual, 0, 1),
    start,
    stop: clamp(state.stop, start, bounds.layers - 1),
    pins: state.pins.filter((pin) => pin >= bounds.prefix && pin < bounds.tokens).slice(0, 2),
    token: clamp(state.token, 0, bounds.tokens - 1),
    mode: canBe(state.mode, bounds) ? state.mode : "attention",
    query: clamp(state.query, 0, Math.max(0, bounds.queries - 1)),
    decoder: clamp(state.decoder, 0, Math.max(0, bounds.decoders - 1)),
  };
}

/** A click or Enter on a patch: it is pinned, beside one that is pinned already; if it was pinned, no longer. */
export function pinned(state: State, patch: number): State {
  if (state.pins.includes(patch)) return { ...state, pins: state.pins.filter((pin) => pin !== patch) };
  return { ...state, pins: [...state.pins.slice(0, 1), patch] };
}

/** The token the keys move on from. */
export function cursorOf(state: State, hovered: number | null, bounds: Bounds): number {
  const at = hovered ?? state.pins.at(-1) ?? state.token;
  if (at >= bounds.prefix) return at;
  const rows = (bounds.tokens - bounds.prefix) / bounds.columns;
  return bounds.prefix + Math.floor((rows - 1) / 2) * bounds.columns + Math.floor((bounds.columns - 1) / 2);
}

/** The patch one step from this one in the arrow's direction; itself at the edge. */
export function neighbour(patch: number, key: string, bounds: Bounds): number {
  const at = patch - bounds.prefix;
  const rows = (bounds.tokens - bounds.prefix) / bounds.columns;
  const row = clamp(Math.floor(at / bounds.columns) + Number(key === "ArrowDown") - Number(key === "ArrowUp"), 0, rows - 1);
  const column = clamp((at % bounds.columns) + Number(key === "ArrowRight") - Number(key === "ArrowLeft"), 0, bounds.columns - 1);
  return bounds.prefix + row * bounds.columns + column;
}

/** The state after a key; null if the key means nothing here. */
export function pressed(state: State, key: string, bounds: Bounds): State | null {
  const to = (changed: Partial<State>): State => bounded({ ...state, ...changed }, bounds);
  const rollout = state.mode === "rollout";
  const depth = rollout ? "stop" : state.mode === "queries" ? "decoder" : "layer";
  switch (key) {
    case "ArrowUp":
      return to({ [depth]: state[depth] + 1 });
    case "ArrowDown":
      return to({ [depth]: state[depth] - 1 });
    case "ArrowLeft":
      return rollout ? null : to({ head: state.head - 1 });
    case "ArrowRight":
      return rollout ? null : to({ head: state.head + 1 });
    case "a":
      return to({ mode: "attention" });
    case "t":
      return to({ mode: "attended" });
    case "r":
      return to({ mode: "rollout" });
    case "q":
      return bounds.queries ? to({ mode: "queries" }) : null;
    case "c":
      return bounds.prefix ? to({ pins: [], token: state.pins.length ? 0 : (state.token + 1) % bounds.prefix }) : null;
    case "l":
      return to({ log: !state.log });
    case "s":
      return to({ spotlight: !state.spotlight });
    case "o":
      return to({ own: !state.own });
    default:
      return null;
  }
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
