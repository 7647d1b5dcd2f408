// Streamlit: files come in components of their own, which the server sends once, and what is shown in another, which is
// small.

import { type View, VIEWS } from "./views";
import { Wire } from "./wire";

interface Shown {
  /** One of VIEWS. */
  view: string;
  /** The files by name; the view opens when the first `needed` are there, and takes the others as they come. */
  files: string[];
  needed: number;
  state: object;
  fixed: object;
  /** What a widget of the view is for, by its label. */
  help: Record<string, string>;
  /** Of the state that the server has last heard of. */
  revision: number;
  height: string;
  /** Whether it has the screen for itself. */
  fills: boolean;
}

export interface StreamlitComponent {
  data: Uint8Array<ArrayBuffer> | Shown;
  parentElement: HTMLElement | ShadowRoot;
  setStateValue(name: "shown", value: object): void;
}

interface Open {
  view: View;
  shown: string;
  revision: number;
  /** The files it has, by name. */
  taken: string;
}

/** Milliseconds without a further key after which the server is told. */
const QUIET = 250;
/** Bytes of files held, for a page that is left and opened again. */
const HELD = 64e6;

/** Milliseconds in which a view that had the focus may open again elsewhere, as on another tab, and has it there. */
const MOVED = 5000;

let left = { view: "", at: -Infinity };
const files = new Map<string, ArrayBuffer>();
const waiting = new Set<() => void>();
const opened = new WeakMap<HTMLElement | ShadowRoot, Open>();

/** Called again with every answer of the server; what it returns is called when the component leaves the page. */
export function streamlit(component: StreamlitComponent): (() => void) | undefined {
  const { data, parentElement } = component;
  if (data instanceof Uint8Array) {
    hold(data.slice().buffer, parentElement);
    return undefined;
  }
  const come = (): void => {
    const found = data.files.map((name) => files.get(name));
    if (found.slice(0, data.needed).some((file) => !file)) return;
    show(component, data, found);
    if (found.every((file) => file)) waiting.delete(come);
  };
  waiting.add(come);
  come();
  return () => {
    waiting.delete(come);
    const view = opened.get(parentElement)?.view;
    const active = parentElement instanceof ShadowRoot ? parentElement.activeElement : document.activeElement;
    if (view?.element.contains(active)) left = { view: data.view, at: performance.now() };
    view?.close();
    opened.delete(parentElement);
  };
}

function hold(file: ArrayBuffer, place: HTMLElement | ShadowRoot): void {
  const host = place instanceof ShadowRoot ? place.host : place;
  host.closest<HTMLElement>('[data-testid="stElementContainer"]')?.style.setProperty("display", "none");
  const { name } = new Wire(file);
  if (files.has(name)) return;
  files.set(name, file);
  let held = 0;
  for (const [each, { byteLength }] of [...files].reverse()) if ((held += byteLength) > HELD && each !== name) files.delete(each);
  for (const come of [...waiting]) come();
}

function show(component: StreamlitComponent, data: Shown, found: (ArrayBuffer | undefined)[]): void {
  const { parentElement, setStateValue } = component;
  const shown = JSON.stringify([data.view, data.files.slice(0, data.needed), data.fixed]);
  const taken = data.files.filter((_, at) => found[at]).join();
  let open = opened.get(parentElement);
  if (open && open.shown === shown) {
    if (taken !== open.taken) open.view.take?.(found);
    open.taken = taken;
    // An answer to an older state than the one the browser has reached is no news.
    if (data.revision >= open.revision) open.view.show(data.state);
    return;
  }
  open?.view.close();
  let timer = 0;
  const view = VIEWS[data.view](parentElement, found, {
    state: data.state,
    fixed: data.fixed,
    height: data.height,
    onState: (state) => {
      const now = opened.get(parentElement)!;
      now.revision++;
      clearTimeout(timer);
      timer = window.setTimeout(() => setStateValue("shown", { ...state, revision: now.revision }), QUIET);
    },
  });
  view.element.classList.toggle("fills", data.fills);
  for (const widget of view.element.querySelectorAll<HTMLElement>("label, button.toggle")) {
    const label = widget.querySelector("[aria-label]")?.getAttribute("aria-label") ?? widget.textContent;
    widget.title = data.help[label!] ?? "";
  }
  open = { view, shown, revision: data.revision, taken };
  opened.set(parentElement, open);
  if (left.view === data.view && performance.now() - left.at < MOVED) view.element.focus({ preventScroll: true });
  left.view = "";
}
