// The bar of the lens and the sliders of its rollout.

import { FUSIONS, type Fusion } from "./attention";
import { make, say } from "./dom";
import { type Bounds, type Mode, type State } from "./state";
import { KEYS, significant } from "./words";

export interface ControlEvents {
  /** `done` is false while a slider is still dragged. */
  onChange(changed: Partial<State>, done: boolean): void;
  onFull(): void;
  onHelp(): void;
}

const MODES: readonly (readonly [Mode, string])[] = [
  ["queries", "Queries"],
  ["attention", "Attention"],
  ["attended", "Attended by"],
  ["rollout", "Rollout"],
];

export class Controls {
  readonly bar: HTMLElement;
  readonly sliders: HTMLElement;
  readonly help: HTMLElement;
  private readonly updates: ((state: State) => void)[] = [];

  constructor(prefix: readonly string[], bounds: Bounds, private readonly events: ControlEvents) {
    const modes = MODES.filter(([mode]) => mode !== "queries" || bounds.queries);
    this.bar = make(
      "div",
      { class: "bar" },
      make("div", { class: "group", role: "group", "aria-label": "What is shown" }, ...modes.map(([mode, name]) => this.mode(mode, name))),
      ...(prefix.length ? [this.tokens(prefix)] : []),
      this.fusion(),
      this.toggle("log", "Log scale"),
      this.toggle("spotlight", "Spotlight"),
      this.toggle("own", "Own scales"),
      make("span", { class: "space" }),
      make("button", { type: "button", class: "icon", title: "Full screen (f)", "aria-label": "Full screen", click: () => events.onFull() }, corners()),
      make("button", { type: "button", class: "icon", title: "Keys (?)", "aria-label": "Keys", click: () => events.onHelp() }, "?"),
    );
    this.sliders = make(
      "div",
      { class: "sliders" },
      this.slider("residual", "Residual weight", 0, 1, 0.01, 0),
      this.slider("discard", "Discard", 0, 0.95, 0.01, 0),
      this.slider("start", "Start layer", 1, bounds.layers, 1, 1),
      this.slider("stop", "Depth", 1, bounds.layers, 1, 1),
    );
    this.help = make(
      "div",
      { class: "help", role: "dialog", "aria-label": "Keys", hidden: true, click: () => events.onHelp() },
      make("div", { class: "help-title" }, "Keys"),
      make("dl", {}, ...KEYS.flatMap(([key, does]) => [make("dt", {}, key), make("dd", {}, does)])),
    );
  }

  update(state: State): void {
    for (const update of this.updates) update(state);
    this.sliders.hidden = state.mode !== "rollout";
  }

  private mode(mode: Mode, name: string): HTMLElement {
    const change = (): void => this.events.onChange({ mode }, true);
    const button = make("button", { type: "button", click: change }, name);
    this.updates.push((state) => button.setAttribute("aria-pressed", String(state.mode === mode)));
    return button;
  }

  private toggle(name: "log" | "spotlight" | "own", label: string): HTMLElement {
    const change = (): void => this.events.onChange({ [name]: button.getAttribute("aria-pressed") !== "true" }, true);
    const button = make("button", { type: "button", class: "toggle", click: change }, label);
    this.updates.push((state) => button.setAttribute("aria-pressed", String(state[name])));
    return button;
  }

  private tokens(prefix: readonly string[]): HTMLElement {
    const options = prefix.map((name, token) => make("option", { value: String(token) }, `${name} token`));
    const patch = make("option", { value: "", disabled: true }, "patch");
    const change = (): void => this.events.onChange({ token: Number(select.value), pins: [] }, true);
    const select = make("select", { "aria-label": "Token", change }, ...options, patch);
    this.updates.push((state) => {
      const shown = state.pins.length || state.token >= prefix.length ? "" : String(state.token);
      if (select.value !== shown) select.value = shown;
    });
    return make("label", {}, "Token ", select);
  }

  private fusion(): HTMLElement {
    const options = FUSIONS.map((fusion) => make("option", { value: fusion }, fusion));
    const change = (): void => this.events.onChange({ fusion: select.value as Fusion }, true);
    const select = make("select", { "aria-label": "Fusion", change }, ...options);
    this.updates.push((state) => (select.value = state.fusion));
    return make("label", {}, "Fusion ", select);
  }

  /** A slider whose label counts from `first`, the state from 0. */
  private slider(name: "discard" | "residual" | "start" | "stop", label: string, low: number, high: number, step: number, first: number): HTMLElement {
    const value = make("output", {});
    const change = (done: boolean) => (): void => this.events.onChange({ [name]: Number(input.value) - first }, done);
    const input = make("input", {
      type: "range",
      min: String(low),
      max: String(high),
      step: String(step),
      "aria-label": label,
      input: change(false),
      change: change(true),
    });
    this.updates.push((state) => {
      const shown = state[name] + first;
      if (Number(input.value) !== shown) input.value = String(shown);
      say(value, significant(shown));
    });
    return make("label", {}, make("span", {}, label), input, value);
  }
}

/** Four corners: the sign for full screen, which few fonts have. */
function corners(): Node {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 14 14");
  svg.setAttribute("width", "14");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M1 5V1h4M9 1h4v4M13 9v4H9M5 13H1V9");
  path.setAttribute("stroke", "currentColor");
  path.setAttribute("stroke-width", "1.6");
  path.setAttribute("fill", "none");
  svg.append(path);
  return svg;
}
