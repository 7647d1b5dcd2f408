// The bar of the lens and the sliders of its rollout.

import { FUSIONS } from "./attention";
import { make } from "./dom";
import { type Bounds, canBe, type Mode, type State } from "./state";
import { select, slider, toggle } from "./widgets";

export interface ControlEvents {
  /** `done` is false while a slider is still dragged. */
  onChange(changed: Partial<State>, done: boolean): void;
}

const MODES: readonly (readonly [Mode, string])[] = [
  ["queries", "Queries"],
  ["attention", "Attention"],
  ["attended", "Attended by"],
  ["rollout", "Rollout"],
];

export class Controls {
  /** What the bar begins with. */
  readonly bar: readonly HTMLElement[];
  readonly sliders: HTMLElement;
  private readonly updates: ((state: State) => void)[] = [];

  constructor(prefix: readonly string[], bounds: Bounds, private readonly events: ControlEvents) {
    const modes = MODES.filter(([mode]) => canBe(mode, bounds));
    this.bar = [
      make("div", { class: "group", role: "group", "aria-label": "What is shown" }, ...modes.map(([mode, name]) => this.mode(mode, name))),
      ...(prefix.length ? [this.tokens(prefix)] : []),
      this.fusion(),
      this.toggle("log", "Log scale"),
      this.toggle("spotlight", "Spotlight"),
      this.toggle("own", "Own scales"),
    ];
    this.sliders = make(
      "div",
      { class: "sliders" },
      this.slider("residual", "Residual weight", 0, 1, 0.01, 0),
      this.slider("discard", "Discard ratio", 0, 0.95, 0.01, 0),
      this.slider("start", "First layer", 1, bounds.layers, 1, 1),
      this.slider("stop", "Last layer", 1, bounds.layers, 1, 1),
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
    const { element, set } = toggle(label, (on) => this.events.onChange({ [name]: on }, true));
    this.updates.push((state) => set(state[name]));
    return element;
  }

  private tokens(prefix: readonly string[]): HTMLElement {
    const options = prefix.map((name, token) => make("option", { value: String(token) }, `${name} token`));
    const patch = make("option", { value: "", disabled: true }, "patch");
    const change = (): void => this.events.onChange({ token: Number(select.value), pins: [] }, true);
    const select = make("select", { "aria-label": "Query", change }, ...options, patch);
    this.updates.push((state) => {
      const shown = state.pins.length || state.token >= prefix.length ? "" : String(state.token);
      if (select.value !== shown) select.value = shown;
    });
    return make("label", {}, "Query ", select);
  }

  private fusion(): HTMLElement {
    const { element, set } = select("Fusion", FUSIONS, (fusion) => this.events.onChange({ fusion }, true));
    this.updates.push((state) => set(state.fusion));
    return element;
  }

  /** A slider whose label counts from `first`, the state from 0. */
  private slider(name: "discard" | "residual" | "start" | "stop", label: string, low: number, high: number, step: number, first: number): HTMLElement {
    const { element, set } = slider(label, { low, high, step }, (value, done) =>
      this.events.onChange({ [name]: value - first }, done),
    );
    this.updates.push((state) => set(state[name] + first));
    return element;
  }
}
