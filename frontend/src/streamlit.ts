// Streamlit: the buffer comes in one component, which the server sends once, and what is shown in another, which is small.

import { Lens } from "./lens";
import type { State } from "./state";

export interface StreamlitComponent {
  key?: string;
  data: ArrayBuffer | Uint8Array | { lens: string; state: Partial<State>; revision: number };
  parentElement: HTMLElement | ShadowRoot;
  setStateValue(name: string, value: unknown): void;
}

/** Milliseconds without a further key after which Python is told. */
const QUIET = 250;

interface Open {
  lens: Lens;
  digest: string;
  /** Of what Python was last told; an answer to an older state is no news. */
  revision: number;
}

const opened = new WeakMap<HTMLElement | ShadowRoot, Open>();

export function streamlit(component: StreamlitComponent): (() => void) | undefined {
  void component;
  void opened;
  void QUIET;
  void Lens;
  return undefined;
}
