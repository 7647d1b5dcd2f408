// Self-attention on a sentence: lines from the word under the pointer to the words it attends to, and every head's row.

import { type Change, changedRow } from "./attention";
import { viridis } from "./colours";
import { make, say } from "./dom";
import { Frame } from "./frame";
import { entropy } from "./numbers";
import { clamp } from "./state";
import { slider, toggle } from "./widgets";
import { type Call, callsOf, Wire } from "./wire";
import { percent, significant } from "./words";

export interface SentenceState extends Change {
  /** Counted from 0. */
  layer: number;
  head: number;
  query: number;
}

export interface SentenceOptions {
  state?: Partial<SentenceState>;
  /** CSS height, where it fills a screen; elsewhere it is as high as it needs to be. */
  height?: string;
  onState?: (state: SentenceState) => void;
}

const KEYS = [
  ["↑ ↓", "layer"],
  ["← →", "head"],
  ["Shift + arrows", "the word before or after"],
  ["Enter", "keep the word under the pointer"],
] as const;
const SVG = "http://www.w3.org/2000/svg";
/** Weights below it have no line. */
const FAINT = 0.004;

export class Sentence {
  private readonly frame: Frame;
  private state: SentenceState;
  private readonly layers: readonly Call[];
  private readonly words: readonly string[];
  private readonly above: HTMLElement[];
  private readonly below: HTMLElement[];
  private readonly lines = document.createElementNS(SVG, "svg");
  private readonly rows = make("canvas", { class: "rows", "aria-hidden": "true" });
  private readonly names = make("div", { class: "row-names" });
  private readonly sheet: HTMLElement;
  private readonly subject = make("div", { class: "subject" });
  private readonly values = make("div", { class: "values" });
  private readonly updates: ((state: SentenceState) => void)[] = [];
  private hovered: number | null = null;

  constructor(root: HTMLElement | ShadowRoot, file: ArrayBuffer, private readonly options: SentenceOptions = {}) {
    const wire = new Wire(file);
    this.layers = callsOf(wire);
    this.words = wire.said.words;
    this.state = { layer: 0, head: 0, query: 0, scale: 1, temperature: 1, causal: false, masked: [], ...options.state };
    const word = (text: string, at: number, kind: string): HTMLElement => {
      const over = (): void => this.hover(at);
      const choose = (): void => this.change({ query: at });
      return make("button", { class: `word ${kind}`, type: "button", tabindex: "-1", pointerenter: over, pointerdown: over, click: choose }, text);
    };
    this.above = this.words.map((text, at) => word(text, at, "query"));
    this.below = this.words.map((text) => make("span", { class: "word key" }, text));
    this.lines.setAttribute("class", "lines");
    this.lines.setAttribute("aria-hidden", "true");
    const direction = wire.said.right_to_left ? "rtl" : "ltr";
    const above = make("div", { class: "word-row", dir: direction }, ...this.above);
    this.sheet = make("div", { class: "sheet" }, above, this.lines, make("div", { class: "word-row", dir: direction }, ...this.below), this.rows, this.names);
    above.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") this.hover(null);
    });
    this.frame = new Frame(root, {
      kind: "sentence",
      height: options.height,
      keys: KEYS,
      bar: this.bar(),
      parts: [make("div", { class: "paper" }, this.sheet), make("div", { class: "numbers" }, this.subject, this.values)],
      acted: (event) => this.acted(event),
      onResize: () => this.draw(),
    });
    const paper = this.sheet.parentElement!.style;
    paper.setProperty("--heads", String(this.layers[0].heads));
    paper.setProperty("--words", String(this.words.length));
    paper.setProperty("--letters", String(this.words.join("").length));
    this.update();
  }

  get element(): HTMLElement {
    return this.frame.element;
  }

  show(state: Partial<SentenceState>): void {
    this.state = { ...this.state, ...state };
    this.update();
  }

  close(): void {
    this.frame.close();
  }

  private bar(): HTMLElement[] {
    const { layers } = this;
    const place = (name: "layer" | "head", label: string, count: number): HTMLElement => {
      const widget = slider(label, { low: 1, high: count, step: 1 }, (value, done) => this.change({ [name]: value - 1 }, done), (value) => `${value} of ${count}`);
      this.updates.push((state) => widget.set(state[name] + 1));
      return widget.element;
    };
    const number = (name: "scale" | "temperature", label: string, low: number, high: number, step: number): HTMLElement => {
      const widget = slider(label, { low, high, step }, (value, done) => this.change({ [name]: value }, done));
      this.updates.push((state) => widget.set(state[name]));
      return widget.element;
    };
    const causal = toggle("Causal mask", (on) => this.change({ causal: on }));
    this.updates.push((state) => causal.set(state.causal));
    return [
      place("layer", "Layer", layers.length),
      place("head", "Head", layers[0].heads),
      number("scale", "Scale × 1/√d", 0, 8, 0.25),
      number("temperature", "Temperature", 0.05, 4, 0.05),
      causal.element,
    ];
  }

  private get query(): number {
    return this.hovered ?? this.state.query;
  }

  private hover(word: number | null): void {
    if (word === this.hovered) return;
    this.hovered = word;
    this.draw();
  }

  private change(changed: Partial<SentenceState>, done = true): void {
    this.state = { ...this.state, ...changed };
    this.state.layer = clamp(this.state.layer, 0, this.layers.length - 1);
    this.state.head = clamp(this.state.head, 0, this.layers[0].heads - 1);
    this.state.query = clamp(this.state.query, 0, this.words.length - 1);
    this.update();
    if (!done) return;
    this.frame.turns.then(() => (this.frame.live.textContent = `${this.subject.textContent}: ${this.values.textContent}`));
    this.options.onState?.(this.state);
  }

  private update(): void {
    for (const update of this.updates) update(this.state);
    this.draw();
  }

  private draw(): void {
    this.frame.turns.begin(this.steps());
  }

  private *steps(): Generator<void> {
    const { query, state, words } = this;
    const call = this.layers[state.layer];
    const rows = Array.from({ length: call.heads }, (_, head) => changedRow(call, head, query, state));
    const row = rows[state.head];
    this.above.forEach((word, at) => word.setAttribute("aria-pressed", String(at === query)));
    this.below.forEach((word, at) => {
      word.style.setProperty("--weight", String(row[at]));
      word.classList.toggle("masked", state.masked.includes(at) || (state.causal && at > query));
    });
    this.connect(row);
    const order = Array.from(row.keys()).sort((a, b) => row[b] - row[a]).slice(0, 3);
    const title = `“${words[query]}” attends, layer ${state.layer + 1}, head ${state.head + 1}`;
    say(this.subject, title);
    say(this.values, `${order.map((at) => `${words[at]} ${percent(row[at])}`).join(", ")}; entropy ${significant(entropy(row))} bits`);
    this.element.setAttribute("aria-label", `${title}: most to ${words[order[0]]}`);
    yield;
    this.paint(rows);
  }

  private connect(row: Float32Array): void {
    const box = this.lines.getBoundingClientRect();
    const middle = (word: HTMLElement): number => {
      const { left, width } = word.getBoundingClientRect();
      return left + width / 2 - box.left;
    };
    const from = middle(this.above[this.query]);
    const lines = Array.from(row).flatMap((weight, at) => {
      if (weight < FAINT) return [];
      const line = document.createElementNS(SVG, "path");
      const to = middle(this.below[at]);
      line.setAttribute("d", `M${from} 0C${from} ${box.height / 2} ${to} ${box.height / 2} ${to} ${box.height}`);
      line.setAttribute("stroke-opacity", String(Math.min(1, weight)));
      line.setAttribute("stroke-width", String(1.5 + 5 * weight));
      return [line];
    });
    this.lines.replaceChildren(...lines);
  }

  /** Every head's row below the words, on one scale from 0 to 1; the chosen head's name is strong. */
  private paint(rows: readonly Float32Array[]): void {
    const ratio = window.devicePixelRatio;
    const area = this.rows.getBoundingClientRect();
    const height = area.height / rows.length;
    this.rows.width = Math.round(area.width * ratio);
    this.rows.height = Math.round(area.height * ratio);
    const context = this.rows.getContext("2d")!;
    context.scale(ratio, ratio);
    rows.forEach((row, head) =>
      row.forEach((weight, at) => {
        const { left, width } = this.below[at].getBoundingClientRect();
        context.fillStyle = `rgb(${viridis(weight).join(" ")})`;
        context.fillRect(left - area.left, head * height + 1, width, height - 2);
      }),
    );
    this.names.replaceChildren(
      ...rows.map((_, head) =>
        make("button", { type: "button", "aria-pressed": String(head === this.state.head), click: () => this.change({ head }) }, `head ${head + 1}`),
      ),
    );
  }

  private acted(event: KeyboardEvent): boolean {
    const { key, shiftKey } = event;
    const up = Number(key === "ArrowUp") - Number(key === "ArrowDown");
    const right = Number(key === "ArrowRight") - Number(key === "ArrowLeft");
    if (shiftKey && (up || right)) {
      const query = clamp(this.query + (right || -up), 0, this.words.length - 1);
      this.hovered = null;
      this.change({ query });
    } else if (up) this.change({ layer: this.state.layer + up });
    else if (right) this.change({ head: this.state.head + right });
    else if (key === "Enter" || key === " ") this.change({ query: this.query });
    else return false;
    return true;
  }
}
