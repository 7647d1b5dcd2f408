// The lens: one photograph, one question to every layer and head, answered while the pointer moves.

import { Background } from "./background";
import { Boxes } from "./boxes";
import { Controls } from "./controls";
import { make } from "./dom";
import { fitted } from "./fitting";
import { Frame } from "./frame";
import type { GridCanvas } from "./grid_canvas";
import { largest } from "./numbers";
import { Maps } from "./maps";
import { NumbersLine } from "./numbers_line";
import { Photo } from "./photo";
import { Quick } from "./quick";
import { QueryList } from "./query_list";
import { Rolled } from "./rolled";
import { bounded, type Bounds, boundsOf, cursorOf, type Mode, neighbour, opening, pinned, pressed, type State } from "./state";
import { Strips } from "./strips";
import { thumbnail } from "./thumbnail";
import type { Strip } from "./tiles";
import { decode, type Packed, rowsOf } from "./wire";
import { KEYS, subject, tokenName } from "./words";

export interface Options {
  state?: Partial<State>;
  /** Told after a click or a key, never while the pointer only moves. */
  onState?: (state: State) => void;
  /** CSS height. */
  height?: string;
}

export class Lens {
  private readonly frame: Frame;
  state: State;
  private readonly packed: Packed;
  private readonly bounds: Bounds;
  private readonly address: string;
  private readonly background: Background;
  private readonly maps: Maps;
  private readonly rolled: Rolled;
  private readonly photo: Photo;
  private readonly strips: Strips;
  private readonly boxes: Boxes;
  private readonly list: QueryList;
  private readonly controls: Controls;
  private readonly numbers: NumbersLine;
  private underlaid = "";
  /** The mode whose sliders and small maps the sizes are for. */
  private fittedTo: Mode | null = null;
  /** Whether a change has not yet been said to a screen reader, which is not told while the pointer only moves. */
  private unspoken = false;
  private hovered: number | null = null;
  /** A DETR's query whose box is under the pointer. */
  private hoveredQuery: number | null = null;

  constructor(root: HTMLElement | ShadowRoot, buffer: ArrayBuffer, private readonly options: Options = {}) {
    this.packed = decode(buffer);
    this.bounds = boundsOf(this.packed);
    this.state = bounded({ ...opening(this.bounds), query: likeliest(this.packed), ...options.state }, this.bounds);
    const quick = new Quick(this.packed);
    const onLayer = (): void => {
      if (this.state.mode === "attended") this.draw();
    };
    this.background = new Background(this.packed.rows ? null : buffer, onLayer, (prepared) => quick.take(prepared));
    this.maps = new Maps(this.packed, this.background.logSums);
    this.rolled = new Rolled(quick, this.packed.rows ? null : this.background, this.bounds.layers, () => {
      if (this.state.mode === "rollout") this.frame.turns.begin(this.steps());
    });
    this.address = URL.createObjectURL(new Blob([this.packed.photograph]));
    this.photo = new Photo(this.packed, this.address, {
      onHover: (token) => this.hover(token),
      onClick: (token) => {
        if (this.state.mode === "queries") this.change({ ...this.state, query: this.queries[0] });
        else this.change(pinned(this.state, token));
      },
    });
    this.boxes = new Boxes(this.packed);
    this.photo.element.append(this.boxes.element);
    this.photo.element.addEventListener("pointermove", (event) => this.over(event));
    this.controls = new Controls(this.packed.prefix, this.bounds, {
      onChange: (changed, done) => this.change(bounded({ ...this.state, ...changed }, this.bounds), done),
    });
    this.strips = new Strips(this.packed, this.bounds, () => this.state, (changed) =>
      this.change(bounded({ ...this.state, ...changed }, this.bounds)),
    );
    this.list = new QueryList(this.packed, {
      onHover: (query) => this.hoverQuery(query),
      onClick: (query) => this.change(bounded({ ...this.state, query }, this.bounds)),
    });
    this.numbers = new NumbersLine(this.packed);
    const strips = this.strips.all.map((strip) => strip.element);
    const side = make("div", { class: "side" }, this.controls.sliders, ...strips, this.list.element);
    this.frame = new Frame(root, {
      kind: "",
      keys: KEYS,
      escape: "back: close this, leave full screen, remove the pins",
      bar: this.controls.bar,
      parts: [make("div", { class: "stage" }, this.photo.element), side, this.numbers.element],
      height: options.height,
      acted: (event) => this.acted(event),
      onResize: () => this.fit(),
    });
    void this.underlay();
    this.update();
  }

  get element(): HTMLElement {
    return this.frame.element;
  }

  /** Show this instead, as when a link or the page's own controls ask for it. */
  show(state: Partial<State>): void {
    this.state = bounded({ ...this.state, ...state }, this.bounds);
    this.update();
  }

  /** Rows that the server has computed, where q and k are too large to be sent. */
  take(files: readonly (ArrayBuffer | undefined)[]): void {
    for (const file of files.slice(1)) {
      if (!file) continue;
      const { tokens, options, rows } = rowsOf(file);
      if (options) this.rolled.take({ queries: tokens, options }, rows);
      else tokens.forEach((token, at) => this.packed.rows?.set(token, rows[at]));
    }
    this.draw();
  }

  close(): void {
    this.background.close();
    URL.revokeObjectURL(this.address);
    URL.revokeObjectURL(this.underlaid);
    this.frame.close();
  }

  /** What is asked about: a DETR's query; or tokens: the pins, else the patch under the pointer, else the token chosen. */
  private get queries(): number[] {
    if (this.state.mode === "queries") return [this.hoveredQuery ?? this.state.query];
    if (this.state.pins.length) return this.state.pins;
    return [(this.packed.rows ? null : this.hovered) ?? this.state.token];
  }

  private hover(token: number | null): void {
    if (token === this.hovered) return;
    this.hovered = token;
    if (token === null) this.hoveredQuery = null;
    this.draw();
  }

  private over(event: PointerEvent): void {
    if (this.state.mode !== "queries") return;
    this.hoverQuery(this.boxes.at(event, this.state.decoder));
  }

  private hoverQuery(query: number | null): void {
    if (query === this.hoveredQuery) return;
    this.hoveredQuery = query;
    this.draw();
  }

  private change(state: State, done = true): void {
    this.state = state;
    if (done) this.unspoken = true;
    this.update();
    if (done) this.options.onState?.(state);
  }

  /** Everything that a change of state changes. */
  private update(): void {
    this.controls.update(this.state);
    this.strips.update(this.state);
    this.list.show(this.state.mode === "queries" ? this.state.decoder : null, this.state.query);
    if (this.state.mode !== this.fittedTo) this.fit();
    this.draw();
  }

  /** Width over height of what the grid covers. */
  private get ratio(): number {
    const { place } = this.photo;
    const { photo_width, photo_height } = this.packed.frame;
    return (place.width * photo_width) / (place.height * photo_height);
  }

  private async underlay(): Promise<void> {
    this.underlaid = await thumbnail(this.address, this.photo.place, this.ratio);
    this.element.style.setProperty("--thumbnail", `url("${this.underlaid}")`);
  }

  private fit(): void {
    const { photo_width, photo_height } = this.packed.frame;
    const counts = this.strips.shown.map((strip) => strip.count);
    this.fittedTo = this.state.mode;
    fitted(this.element, counts, this.ratio, photo_width / photo_height);
  }

  private draw(): void {
    if (this.state.mode === "rollout") {
      this.rolled.ask(this.state, this.queries);
      if (this.rolled.waiting) return this.photo.mark(this.hovered, this.state.pins);
    }
    this.frame.turns.begin(this.steps());
  }

  /** The drawing, in steps of one map each; the large photograph first. */
  private *steps(): Generator<void> {
    const { state, queries, photo } = this;
    const { heads, layers, decoders } = this.strips;
    const rollout = state.mode === "rollout";
    const decoding = state.mode === "queries";
    const layer = rollout ? state.stop : decoding ? state.decoder : state.layer;
    this.maps.only(queries);
    const main = queries.map((query, at) => this.map(layer, state.head, query, at));
    this.paint(photo.light, main, largestOf(main, this.bounds.prefix));
    photo.mark(decoding ? null : this.hovered, decoding ? [] : state.pins);
    this.boxes.show(decoding ? state.decoder : null, queries[0]);
    this.list.show(decoding ? state.decoder : null, queries[0]);
    this.numbers.update(state, queries, main, this.hovered);
    this.element.setAttribute("aria-label", subject(this.packed, state, queries));
    if (this.unspoken && this.numbers.words) {
      this.frame.live.textContent = this.numbers.words;
      this.unspoken = false;
    }
    yield;
    if (!rollout) yield* this.strip(heads, (head, query, at) => this.map(layer, head, query, at));
    yield* this.strip(decoding ? decoders : layers, (each, query, at) => this.map(each, state.head, query, at));
  }

  private *strip(
    strip: Strip,
    map: (value: number, query: number, at: number) => Float32Array | null,
  ): Generator<void> {
    const found: (Float32Array | null)[][] = [];
    // A rollout spreads with every layer: on one scale only the first layers would be seen.
    const own = this.state.own || this.state.mode === "rollout";
    let most = 0;
    for (const value of strip.values) {
      const maps = this.queries.map((query, at) => map(value, query, at));
      found.push(maps);
      most = Math.max(most, largestOf(maps, this.bounds.prefix));
      yield;
    }
    found.forEach((maps, at) =>
      this.paint(strip.light(at), maps, own ? largestOf(maps, this.bounds.prefix) : most),
    );
  }

  private paint(light: GridCanvas, maps: (Float32Array | null)[], most: number): void {
    const known = maps.filter((map) => map !== null);
    if (known.length < maps.length) light.clear();
    else light.show(known, this.bounds.prefix, most, this.state.log, this.state.spotlight);
  }

  /** A map of the question, null while it is not known; of a rollout, the row after that layer. */
  private map(layer: number, head: number, query: number, at: number): Float32Array | null {
    const { state } = this;
    return state.mode === "rollout" ? this.rolled.row(layer, at) : this.maps.of(state, layer, head, query);
  }

  private acted(event: KeyboardEvent): boolean {
    const { key } = event;
    if (key === "Escape") {
      if (!this.state.pins.length) return false;
      this.change({ ...this.state, pins: [] });
    } else if (event.shiftKey && key.startsWith("Arrow") && this.state.mode === "queries") {
      const step = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
      this.change(bounded({ ...this.state, query: this.state.query + step }, this.bounds));
    } else if (event.shiftKey && key.startsWith("Arrow")) {
      const here = cursorOf(this.state, this.hovered, this.bounds);
      this.hover(neighbour(here, key, this.bounds));
      this.frame.live.textContent = tokenName(this.packed, this.hovered!);
    } else if ((key === "Enter" || key === " ") && this.state.mode !== "queries") {
      this.change(pinned(this.state, cursorOf(this.state, this.hovered, this.bounds)));
    } else {
      const state = pressed(this.state, key, this.bounds);
      if (!state) return false;
      this.change(state);
    }
    return true;
  }
}

function largestOf(maps: readonly (Float32Array | null)[], prefix: number): number {
  return Math.max(0, ...maps.map((map) => (map ? largest(map, prefix) : 0)));
}

/** The query of a DETR that is surest of its object. */
function likeliest(packed: Packed): number {
  const scores = packed.detections.at(-1)?.scores ?? [0];
  return scores.indexOf(Math.max(...scores));
}
