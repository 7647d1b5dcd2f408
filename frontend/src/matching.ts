// A DETR's bipartite matching: the cost of every query for every object and the cheapest assignment, which follow the
// weights while a slider is dragged.

import { viridis } from "./colours";
import { Costs, type Corners, SHOWN, type Shown, type Weights } from "./costs";
import { make, put, say } from "./dom";
import { Frame } from "./frame";
import { clamp } from "./state";
import { select, slider } from "./widgets";
import { significant } from "./words";

export interface MatchingState extends Weights {
  /** Decoder layer, from 0. */
  layer: number;
  shown: Shown;
}

export interface MatchingOptions {
  state?: Partial<MatchingState>;
  onState?: (state: MatchingState) => void;
  height?: string;
}

const KEYS = [
  ["↑ ↓", "decoder layer"],
  ["Shift + arrows", "move over the matrix"],
] as const;
const WEIGHTS = [
  ["class_cost", "Class"],
  ["l1", "L1"],
  ["giou", "GIoU"],
] as const;
const NARROW = 640;

interface Cell {
  query: number;
  object: number;
}

export class Matching {
  private readonly frame: Frame;
  private state: MatchingState;
  private readonly costs: Costs;
  private readonly address: string;
  private readonly photo: HTMLElement;
  private readonly boxes = make("div", { class: "boxes" });
  private readonly matrix = make("div", { class: "matrix" });
  private readonly canvas = make("canvas", { class: "costs", "aria-hidden": "true" });
  private readonly outlines = make("div", { class: "outlines" });
  private readonly line = make("div", { class: "subject" });
  private readonly total = make("div", { class: "values" });
  private readonly low = make("span", {});
  private readonly high = make("span", {});
  private readonly updates: ((state: MatchingState) => void)[] = [];
  private hovered: Cell | null = null;
  private assigned: Int32Array = new Int32Array(0);

  constructor(root: HTMLElement | ShadowRoot, file: ArrayBuffer, private readonly options: MatchingOptions = {}) {
    this.costs = new Costs(file);
    const { frame, names, objects, queries, photograph } = this.costs;
    this.state = { layer: this.costs.layers - 1, shown: "cost", class_cost: 1, l1: 5, giou: 2, ...options.state };
    this.address = URL.createObjectURL(new Blob([photograph]));
    const image = make("img", { src: this.address, alt: "", draggable: "false" });
    this.photo = make("div", { class: "photo" }, image, this.boxes);
    this.photo.style.setProperty("--ratio", String(frame.photo_width / frame.photo_height));
    this.canvas.width = queries;
    this.canvas.height = Math.max(objects, 1);
    const labels = make("div", { class: "matrix-names" }, ...names.map((name, at) => make("span", {}, `${at} ${name}`)));
    this.matrix.append(labels, make("div", { class: "matrix-cells" }, this.canvas, this.outlines));
    this.matrix.style.setProperty("--rows", String(objects));
    const scale = make("span", { class: "scale-box" }, this.low, make("span", { class: "scale", style: `background: ${gradient()}` }), this.high, make("span", {}, "darker is cheaper; columns are queries, the assignment is outlined"));
    this.frame = new Frame(root, {
      kind: "matching",
      keys: KEYS,
      bar: this.bar(),
      parts: [
        make("div", { class: "stage" }, this.photo),
        make("div", { class: "side" }, this.matrix, make("div", { class: "values" }, scale)),
        make("div", { class: "numbers" }, this.line, this.total),
      ],
      height: options.height,
      acted: (event) => this.acted(event),
      onResize: () => this.fit(),
    });
    this.listen();
    this.update();
  }

  get element(): HTMLElement {
    return this.frame.element;
  }

  show(state: Partial<MatchingState>): void {
    this.state = { ...this.state, ...state };
    this.update();
  }

  close(): void {
    URL.revokeObjectURL(this.address);
    this.frame.close();
  }

  private bar(): HTMLElement[] {
    const { layers } = this.costs;
    const layer = slider("Layer", { low: 1, high: layers, step: 1 }, (value, done) => this.change({ layer: value - 1 }, done), (value) => `${value} of ${layers}`);
    const shown = select("Matrix", SHOWN, (value) => this.change({ shown: value }));
    const weights = WEIGHTS.map(([name, label]) => {
      const widget = slider(`${label} weight`, { low: 0, high: 10, step: 0.5 }, (value, done) => this.change({ [name]: value }, done));
      this.updates.push((state) => widget.set(state[name]));
      return widget.element;
    });
    this.updates.push((state) => layer.set(state.layer + 1), (state) => shown.set(state.shown));
    return [layer.element, shown.element, ...weights];
  }

  private listen(): void {
    const { canvas, photo } = this;
    const at = (event: PointerEvent, area: HTMLElement): [number, number] => {
      const box = area.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    };
    for (const kind of ["pointermove", "pointerdown"] as const) {
      canvas.addEventListener(kind, (event) => {
        const [x, y] = at(event, canvas);
        const { queries, objects } = this.costs;
        this.hover({ query: clamp(Math.floor(x * queries), 0, queries - 1), object: clamp(Math.floor(y * objects), 0, objects - 1) });
      });
      photo.addEventListener(kind, (event) => this.hover(this.pairAt(...at(event, photo))));
    }
    for (const area of [canvas, photo])
      area.addEventListener("pointerleave", (event) => {
        if (event.pointerType !== "touch") this.hover(null);
      });
  }

  /** The pair whose box is the smallest around a point of the photograph. */
  private pairAt(x: number, y: number): Cell | null {
    const { boxes, frame, truth } = this.costs;
    const [across, down] = [x * frame.photo_width, y * frame.photo_height];
    let best: Cell | null = null;
    let smallest = Infinity;
    this.assigned.forEach((object, query) => {
      if (object < 0) return;
      for (const [left, top, right, bottom] of [boxes[this.state.layer][query], truth[object]]) {
        const size = (right - left) * (bottom - top);
        if (left <= across && across <= right && top <= down && down <= bottom && size < smallest) [best, smallest] = [{ query, object }, size];
      }
    });
    return best;
  }

  private hover(cell: Cell | null): void {
    if (cell?.query === this.hovered?.query && cell?.object === this.hovered?.object) return;
    this.hovered = cell;
    this.draw();
  }

  private change(changed: Partial<MatchingState>, done = true): void {
    this.state = { ...this.state, ...changed };
    this.state.layer = clamp(this.state.layer, 0, this.costs.layers - 1);
    this.update();
    if (!done) return;
    this.frame.turns.then(() => (this.frame.live.textContent = this.total.textContent));
    this.options.onState?.(this.state);
  }

  private update(): void {
    for (const update of this.updates) update(this.state);
    this.fit();
    this.draw();
  }

  private draw(): void {
    this.frame.turns.begin(this.steps());
  }

  private *steps(): Generator<void> {
    const { costs, state } = this;
    this.assigned = costs.assigned(state.layer, state);
    const cost = costs.cost(state.layer, state);
    this.paint(costs.shown(state.layer, state, state.shown));
    yield;
    const pairs = [...this.assigned].flatMap((object, query) => (object < 0 ? [] : [{ query, object }]));
    this.outlines.replaceChildren(
      ...pairs.map((pair) => this.outline(pair, "pair")),
      ...(this.hovered ? [this.outline(this.hovered, "here")] : []),
    );
    const drawn = this.hovered && this.assigned[this.hovered.query] !== this.hovered.object ? [...pairs, this.hovered] : pairs;
    this.boxes.replaceChildren(...drawn.flatMap((pair) => this.pair(pair)));
    const sum = pairs.reduce((all, { query, object }) => all + cost[query * costs.objects + object], 0);
    const rest = costs.queries - pairs.length;
    say(this.total, costs.objects ? `${pairs.length} ${pairs.length === 1 ? "pair" : "pairs"}, ${rest} queries without an object; cost of the assignment ${significant(sum)}` : "There is no object to be found, so every query should say “no object”.");
    say(this.line, this.hovered ? this.sentence(this.hovered) : `Layer ${state.layer + 1}: hover a cell, or a box of the photograph`);
    this.element.setAttribute("aria-label", `Bipartite matching after decoder layer ${state.layer + 1}: ${this.total.textContent}`);
  }

  private paint(values: Float64Array): void {
    const { queries, objects } = this.costs;
    if (!objects) return;
    const low = values.reduce((a, b) => Math.min(a, b));
    const high = values.reduce((a, b) => Math.max(a, b));
    say(this.low, significant(low));
    say(this.high, significant(high));
    const context = this.canvas.getContext("2d")!;
    const image = context.createImageData(queries, objects);
    values.forEach((value, at) => {
      const query = Math.floor(at / objects);
      const object = at % objects;
      const to = 4 * (object * queries + query);
      image.data.set(viridis(high > low ? (value - low) / (high - low) : 0), to);
      image.data[to + 3] = this.costs.isFree(query, object) ? 255 : 40;
    });
    context.putImageData(image, 0, 0);
  }

  private outline({ query, object }: Cell, kind: string): HTMLElement {
    const { queries, objects } = this.costs;
    const element = make("div", { class: `outline-cell ${kind}` });
    put(element, { left: query / queries, top: object / objects, width: 1 / queries, height: 1 / objects });
    return element;
  }

  /** A query's box and its object's. */
  private pair({ query, object }: Cell): Element[] {
    const { boxes, truth, names, frame } = this.costs;
    const here = this.hovered?.query === query && this.hovered.object === object;
    const own = boxes[this.state.layer][query];
    const box = (corners: Corners, kind: string): HTMLElement => {
      const element = make("div", { class: `box ${kind} ${here ? "here" : ""}` });
      const [left, top, right, bottom] = corners;
      const { photo_width, photo_height } = frame;
      put(element, { left: left / photo_width, top: top / photo_height, width: (right - left) / photo_width, height: (bottom - top) / photo_height });
      return element;
    };
    const mine = box(own, "own");
    mine.append(make("span", {}, `${query} → ${names[object]}`));
    return [box(truth[object], "true"), mine];
  }

  private sentence({ query, object }: Cell): string {
    const { costs, state } = this;
    const at = query * costs.objects + object;
    const sum = costs.cost(state.layer, state)[at];
    const parts = WEIGHTS.map(([name, label]) => `${significant(state[name])} × ${label} ${significant(costs.term(state.layer, name)[at])}`);
    const taken = this.assigned[query] === object ? ", assigned" : "";
    return `Query ${query} (${costs.said[state.layer][query]}) for ${costs.names[object]}: cost ${significant(sum)} = ${parts.join(" + ")}${taken}`;
  }

  private fit(): void {
    const { frame } = this.costs;
    const narrow = this.element.clientWidth < NARROW;
    this.element.classList.toggle("narrow", narrow);
    const stage = this.element.querySelector<HTMLElement>(".stage")!;
    const width = Math.min(stage.clientHeight * (frame.photo_width / frame.photo_height), this.element.clientWidth * 0.5);
    this.element.style.setProperty("--photo", `${Math.floor(width)}px`);
  }

  private acted(event: KeyboardEvent): boolean {
    const { key, shiftKey } = event;
    const up = Number(key === "ArrowUp") - Number(key === "ArrowDown");
    const right = Number(key === "ArrowRight") - Number(key === "ArrowLeft");
    const { queries, objects } = this.costs;
    if (shiftKey && (up || right) && objects) {
      const { query, object } = this.hovered ?? { query: 0, object: 0 };
      this.hover({ query: clamp(query + right, 0, queries - 1), object: clamp(object - up, 0, objects - 1) });
      this.frame.turns.then(() => (this.frame.live.textContent = this.line.textContent));
    } else if (up) this.change({ layer: this.state.layer + up });
    else return false;
    return true;
  }
}

function gradient(): string {
  return `linear-gradient(90deg, ${Array.from({ length: 9 }, (_, at) => `rgb(${viridis(at / 8).join(" ")})`).join(", ")})`;
}
