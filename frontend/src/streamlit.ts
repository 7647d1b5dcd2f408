// Streamlit: the buffer comes in one component, which the server sends once, and what is shown in another, which is small.

import { Lens } from "./lens";
import type { State } from "./state";
import { digestOf } from "./wire";

interface Shown {
  /** Which buffer. */
  lens: string;
  state: Partial<State>;
  /** Of the state that the server has last heard of. */
  revision: number;
  height: string;
}

export interface StreamlitComponent {
  data: Uint8Array<ArrayBuffer> | Shown;
  parentElement: HTMLElement | ShadowRoot;
  setStateValue(name: "shown", value: State & { revision: number }): void;
}

interface Open {
  lens: Lens;
  shown: string;
  revision: number;
}

/** Milliseconds without a further key after which the server is told. */
const QUIET = 250;
/** Buffers held, for a page that is left and opened again. */
const HELD = 4;

const buffers = new Map<string, ArrayBuffer>();
const waiting = new Set<() => void>();
const opened = new WeakMap<HTMLElement | ShadowRoot, Open>();

/** Called again with every answer of the server; what it returns is called when the component leaves the page. */
export function streamlit(component: StreamlitComponent): (() => void) | undefined {
  const { data, parentElement } = component;
  if (data instanceof Uint8Array) {
    hold(data.slice().buffer, parentElement);
    return undefined;
  }
  const open = (): void => {
    if (!buffers.has(data.lens)) return;
    waiting.delete(open);
    show(component, data);
  };
  waiting.add(open);
  open();
  return () => {
    waiting.delete(open);
    opened.get(parentElement)?.lens.close();
    opened.delete(parentElement);
  };
}

function hold(buffer: ArrayBuffer, place: HTMLElement | ShadowRoot): void {
  const host = place instanceof ShadowRoot ? place.host : place;
  host.closest<HTMLElement>('[data-testid="stElementContainer"]')?.style.setProperty("display", "none");
  buffers.set(digestOf(buffer), buffer);
  for (const old of [...buffers.keys()].slice(0, -HELD)) buffers.delete(old);
  for (const open of [...waiting]) open();
}

function show(component: StreamlitComponent, data: Shown): void {
  const { parentElement, setStateValue } = component;
  let open = opened.get(parentElement);
  if (open && open.shown === data.lens) {
    // An answer to an older state than the one the browser has reached is no news.
    if (data.revision >= open.revision) open.lens.show(data.state);
    return;
  }
  open?.lens.close();
  let timer = 0;
  const lens = new Lens(parentElement, buffers.get(data.lens)!, {
    state: data.state,
    height: data.height,
    onState: (state) => {
      const now = opened.get(parentElement)!;
      now.revision++;
      clearTimeout(timer);
      timer = window.setTimeout(() => setStateValue("shown", { ...state, revision: now.revision }), QUIET);
    },
  });
  open = { lens, shown: data.lens, revision: data.revision };
  opened.set(parentElement, open);
}
