// The same place in a CNN, a ViT, a hybrid and a DETR's encoder: one pointer, four fields.

import { FUSIONS, type Fusion } from "./attention";
import { make } from "./dom";
import { Fields } from "./fields";
import { typeScale } from "./fitting";
import { Frame } from "./frame";
import { Pane } from "./pane";
import { AttentionSource, FieldSource, type Point, type Source } from "./sources";
import { clamp } from "./state";
import { select, slider, toggle } from "./widgets";

export interface CompareState {
  /** How far through the networks, of `depths`, from 1. */
  depth: number;
  fusion: Fusion;
  log: boolean;
  spotlight: boolean;
  /** The place that stays while the pointer is elsewhere. */
  at: Point;
}

export interface CompareFixed {
  depths: number;
  /** What each of the first files is. */
  labels: string[];
}

export interface CompareOptions {
  state?: Partial<CompareState>;
  onState?: (state: CompareState) => void;
  height?: string;
}

const KEYS = [
  ["↑ ↓", "depth, in all networks"],
  ["Shift + arrows", "move the place"],
  ["Enter", "keep the place under the pointer"],
  ["l", "logarithmic scale"],
  ["s", "spotlight instead of colours"],
] as const;
/** Of the photograph's sides, for a key. */
const STEP = 1 / 32;
const GAP = 14;
const TITLE = 22;
/** The height of the words below a photograph, and the width of those beside it. */
const BELOW = 66;
const BESIDE = 138;
const NARROW = 640;

export class Compare {
  private readonly frame: Frame;
  private state: CompareState;
  private readonly panes: (Pane | null)[];
  private readonly places: HTMLElement[];
  private readonly fields: Fields;
  private readonly updates: ((state: CompareState) => void)[] = [];
  private hovered: Point | null = null;

  constructor(
    root: HTMLElement | ShadowRoot,
    files: readonly (ArrayBuffer | undefined)[],
    private readonly fixed: CompareFixed,
    private readonly options: CompareOptions = {},
  ) {
    this.state = { depth: 1, fusion: "mean", log: false, spotlight: false, at: [0.5, 0.5], ...options.state };
    this.fields = new Fields(files[0]!);
    this.panes = fixed.labels.map(() => null);
    this.places = fixed.labels.map((label) => make("div", { class: "pane-place" }, `${label}: is being loaded …`));
    this.frame = new Frame(root, {
      kind: "compare",
      keys: KEYS,
      bar: this.bar(),
      parts: [make("div", { class: "panes" }, ...this.places)],
      height: options.height,
      acted: (event) => this.acted(event),
      onResize: () => this.fit(),
    });
    this.take(files);
    this.update();
  }

  get element(): HTMLElement {
    return this.frame.element;
  }

  show(state: Partial<CompareState>): void {
    this.state = { ...this.state, ...state };
    this.update();
  }

  /** The first files are the networks, the others the CNN's effective fields, as they come. */
  take(files: readonly (ArrayBuffer | undefined)[]): void {
    this.fixed.labels.forEach((label, at) => {
      const file = files[at];
      if (!file || this.panes[at]) return;
      const source: Source = at === 0 ? new FieldSource(this.fields) : new AttentionSource(file);
      const pane = new Pane(label, source, {
        onPoint: (point) => this.hover(point),
        onClick: (point) => this.change({ at: inside(point) }),
      });
      this.panes[at] = pane;
      this.places[at].replaceChildren(pane.element);
    });
    for (const file of files.slice(this.fixed.labels.length)) if (file) this.fields.take(file);
    this.fit();
    this.draw();
  }

  close(): void {
    for (const pane of this.panes) pane?.close();
    this.frame.close();
  }

  private bar(): HTMLElement[] {
    const { depths } = this.fixed;
    const depth = slider("Depth", { low: 1, high: depths, step: 1 }, (value, done) => this.change({ depth: value }, done), (value) => `${value} of ${depths}`);
    const fusion = select("Heads", FUSIONS, (value) => this.change({ fusion: value }));
    const log = toggle("Log scale", (on) => this.change({ log: on }));
    const spotlight = toggle("Spotlight", (on) => this.change({ spotlight: on }));
    this.updates.push(
      (state) => depth.set(state.depth),
      (state) => fusion.set(state.fusion),
      (state) => log.set(state.log),
      (state) => spotlight.set(state.spotlight),
    );
    return [depth, fusion, log, spotlight].map(({ element }) => element);
  }

  private get point(): Point {
    return this.hovered ?? this.state.at;
  }

  private hover(point: Point | null): void {
    this.hovered = point && inside(point);
    this.draw();
  }

  private change(changed: Partial<CompareState>, done = true): void {
    this.state = { ...this.state, ...changed };
    this.state.depth = clamp(this.state.depth, 1, this.fixed.depths);
    this.update();
    if (!done) return;
    this.frame.turns.then(() => (this.frame.live.textContent = this.words()));
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
    const { depth, fusion, log, spotlight } = this.state;
    for (const pane of this.panes) {
      if (!pane) continue;
      const part = Math.ceil((depth * pane.source.depth) / this.fixed.depths) - 1;
      pane.show(this.point, pane.source.at(this.point, part, fusion), log, spotlight);
      yield;
    }
    const [x, y] = this.point.map((share) => Math.round(100 * share));
    this.element.setAttribute("aria-label", `One place through four networks: ${x} % from the left, ${y} % from the top, depth ${depth} of ${this.fixed.depths}`);
  }

  private words(): string {
    return this.panes.map((pane) => pane?.words ?? "").join(" ");
  }

  /** As many columns as make the photographs largest, their words below or beside them. */
  private fit(): void {
    const first = this.panes.find((pane) => pane)!;
    const ratio = first.source.frame.photo_width / first.source.frame.photo_height;
    const panes = this.element.querySelector<HTMLElement>(".panes")!;
    const narrow = this.element.clientWidth < NARROW;
    this.element.classList.toggle("narrow", narrow);
    this.element.classList.remove("fitted");
    const count = this.panes.length;
    const px = typeScale(this.element);
    const width = ([columns, beside]: readonly [number, boolean]): number => {
      const rows = Math.ceil(count / columns);
      const across = (panes.clientWidth - GAP * (columns - 1)) / columns - (beside ? px * BESIDE : 0);
      const down = (panes.clientHeight - GAP * (rows - 1)) / rows - px * (TITLE + (beside ? 0 : BELOW));
      return narrow ? across : Math.min(across, down * ratio);
    };
    const layouts = narrow ? [[2, false] as const] : [count, 2].flatMap((columns) => [[columns, false] as const, [columns, true] as const]);
    const best = layouts.reduce((best, each) => (width(each) > width(best) ? each : best));
    const [columns, beside] = best;
    panes.classList.toggle("beside", beside);
    panes.style.setProperty("--columns", String(columns));
    panes.style.setProperty("--pane", `${Math.floor(Math.max(width(best), 80))}px`);
    panes.style.setProperty("--words", `${beside ? px * BESIDE : 0}px`);
    panes.style.setProperty("--ratio", String(ratio));
    this.element.classList.add("fitted");
  }

  private acted(event: KeyboardEvent): boolean {
    const { key, shiftKey } = event;
    const up = Number(key === "ArrowUp") - Number(key === "ArrowDown");
    const right = Number(key === "ArrowRight") - Number(key === "ArrowLeft");
    if (shiftKey && (up || right)) {
      const [x, y] = this.point;
      this.hovered = null;
      this.change({ at: inside([x + STEP * right, y - STEP * up]) });
    } else if (up) this.change({ depth: this.state.depth + up });
    else if (key === "Enter" || key === " ") this.change({ at: this.point });
    else if (key === "l") this.change({ log: !this.state.log });
    else if (key === "s") this.change({ spotlight: !this.state.spotlight });
    else return false;
    return true;
  }
}

function inside([x, y]: Point): Point {
  return [clamp(x, 0, 0.9999), clamp(y, 0, 0.9999)];
}
