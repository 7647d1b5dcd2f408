// A picture generated value by value: moved through and played in the browser alone.

import { pixels, tile } from "./canvases";
import { viridis } from "./colours";
import { distribution } from "./distribution";
import { make, say } from "./dom";
import { Frame } from "./frame";
import { Generated } from "./generated";
import { entropy } from "./numbers";
import { clamp } from "./state";
import { select, slider, type Widget } from "./widgets";
import { percent, significant } from "./words";

export interface GenerationState {
  /** Values generated. */
  step: number;
}

export interface GenerationOptions {
  state?: Partial<GenerationState>;
  /** Told when it is moved and let go or paused, never while it plays. */
  onState?: (state: GenerationState) => void;
  height?: string;
}

const KEYS = [
  ["← →", "one value back or on"],
  ["↑ ↓", "one row back or on"],
  ["Home End", "the empty canvas, the finished picture"],
  ["Space", "play or pause"],
] as const;
const SPEEDS = ["2/s", "10/s", "60/s", "240/s"] as const;
const NARROW = 640;
/** Share of the width that the picture takes at most. */
const WIDEST = 0.45;
/** Red, green, blue and opacity of what is not generated yet: no shade that a value could have. */
const UNWRITTEN = [128, 134, 146, 70] as const;

export class Generation {
  private readonly frame: Frame;
  private step = 0;
  private readonly data: Generated;
  private readonly picture = make("canvas", { class: "generated", "aria-hidden": "true" });
  private readonly bars = make("canvas", { class: "bars", "aria-hidden": "true" });
  private readonly barsTitle = make("div", { class: "strip-title" });
  private readonly mapsTitle = make("div", { class: "strip-title" });
  private readonly maps: HTMLCanvasElement[] = [];
  private readonly cost = make("canvas", { class: "view", "aria-hidden": "true" });
  private readonly tiles = make("div", { class: "tiles" });
  private readonly subject = make("div", { class: "subject" });
  private readonly values = make("div", { class: "values" });
  private readonly play = make("button", { type: "button", click: () => this.toggle() }, "Play");
  private readonly place: Widget<number>;
  private speed: string = SPEEDS[1];
  /** Bits of the values before each step. */
  private readonly paid: number[] = [0];
  private animation = 0;

  constructor(root: HTMLElement | ShadowRoot, file: ArrayBuffer, private readonly options: GenerationOptions = {}) {
    this.data = new Generated(file);
    const { total, bits, maps } = this.data;
    for (const bit of bits) this.paid.push(this.paid[this.paid.length - 1] + bit);
    this.step = clamp(options.state?.step ?? 0, 0, total);
    this.place = slider("Step", { low: 0, high: total, step: 1 }, (step, done) => this.go(step, done), (step) => `${step} of ${total}`);
    const tiled = (canvas: HTMLCanvasElement, name: string): HTMLElement =>
      make("div", { class: "tile" }, canvas, make("span", { class: "name" }, name));
    for (const name of maps) {
      const canvas = make("canvas", { class: "view", "aria-hidden": "true" });
      this.maps.push(canvas);
      this.tiles.append(tiled(canvas, name));
    }
    this.tiles.append(tiled(this.cost, "−log₂ p"));
    this.picture.addEventListener("click", (event) => this.go(this.stepAt(event)));
    this.frame = new Frame(root, {
      kind: "generation",
      keys: KEYS,
      bar: this.bar(),
      parts: [
        make("div", { class: "stage" }, this.picture),
        make("div", { class: "side" }, this.barsTitle, this.bars, this.mapsTitle, this.tiles),
        make("div", { class: "numbers" }, this.subject, this.values),
      ],
      height: options.height,
      acted: (event) => this.acted(event),
      onResize: () => this.fit(),
    });
    this.fit();
  }

  get element(): HTMLElement {
    return this.frame.element;
  }

  show(state: Partial<GenerationState>): void {
    if (this.animation) return; // an answer to where it was before it played
    this.step = clamp(state.step ?? this.step, 0, this.data.total);
    this.draw();
  }

  close(): void {
    cancelAnimationFrame(this.animation);
    this.frame.close();
  }

  private bar(): HTMLElement[] {
    const by = (label: string, title: string, count: number): HTMLElement =>
      make("button", { type: "button", title, click: () => this.go(this.step + count) }, label);
    const { total, width, channels } = this.data;
    const speed = select("Values a second", SPEEDS, (chosen) => {
      this.speed = chosen;
      if (this.animation) this.run();
    });
    speed.set(SPEEDS[1]);
    return [
      by("Start", "Back to the empty canvas", -total),
      by("−1", "One value back", -1),
      by("+1", "One value on", 1),
      by("+ row", "One row of values on", width * channels.length),
      by("End", "The finished picture", total),
      this.play,
      speed.element,
      this.place.element,
    ];
  }

  /** `done` is false while it is dragged. */
  private go(step: number, done = true): void {
    this.stop();
    this.step = clamp(step, 0, this.data.total);
    this.draw();
    if (done) this.tell();
  }

  private tell(): void {
    this.frame.turns.then(() => (this.frame.live.textContent = `${this.subject.textContent}: ${this.values.textContent}`));
    this.options.onState?.({ step: this.step });
  }

  private toggle(): void {
    if (this.animation) {
      this.stop();
      this.tell();
    } else {
      if (this.step === this.data.total) this.step = 0;
      this.run();
    }
  }

  private stop(): void {
    cancelAnimationFrame(this.animation);
    this.animation = 0;
    say(this.play, "Play");
  }

  private run(): void {
    this.stop();
    say(this.play, "Pause");
    const speed = parseInt(this.speed);
    const from = this.step;
    let began = 0;
    const tick = (now: number): void => {
      began ||= now;
      this.animation = requestAnimationFrame(tick);
      const step = from + Math.floor(((now - began) * speed) / 1000);
      if (step === this.step) return;
      if (step < this.data.total) {
        this.step = step;
        this.draw();
      } else this.go(this.data.total);
    };
    this.animation = requestAnimationFrame(tick);
  }

  private stepAt(event: MouseEvent): number {
    const area = this.picture.getBoundingClientRect();
    const { height, width } = this.data;
    const row = Math.floor(((event.clientY - area.top) / area.height) * height);
    const column = Math.floor(((event.clientX - area.left) / area.width) * width);
    return this.data.stepOf(clamp(row, 0, height - 1), clamp(column, 0, width - 1));
  }

  private fit(): void {
    const { clientWidth } = this.element;
    const narrow = clientWidth < NARROW;
    this.element.classList.toggle("narrow", narrow);
    const { height, width } = this.data;
    const stage = this.element.querySelector<HTMLElement>(".stage")!;
    const across = narrow ? clientWidth : Math.min((stage.clientHeight * width) / height, clientWidth * WIDEST);
    this.element.style.setProperty("--photo", `${Math.floor(across)}px`);
    this.picture.style.width = `${Math.floor(across)}px`;
    this.picture.style.height = `${Math.floor((across * height) / width)}px`;
    const side = this.element.querySelector<HTMLElement>(".side")!;
    const columns = narrow ? 3 : this.maps.length + 1 <= 5 ? this.maps.length + 1 : Math.ceil((this.maps.length + 1) / 2);
    this.tiles.style.setProperty("--tile", `${Math.floor((side.clientWidth - 5 * (columns - 1)) / columns)}px`);
    this.tiles.style.setProperty("--tile-ratio", String(width / height));
    // No higher than what it shows: a tall window would leave a gap.
    const beside = this.tiles.getBoundingClientRect().bottom - side.getBoundingClientRect().top;
    const most = Math.max((clientWidth * WIDEST * height) / width, beside) + this.element.clientHeight - stage.clientHeight;
    this.element.style.maxHeight = narrow || document.fullscreenElement ? "" : `${Math.ceil(most)}px`;
    this.draw();
  }

  private draw(): void {
    this.frame.turns.begin(this.steps());
  }

  private *steps(): Generator<void> {
    const { data, step } = this;
    const done = step === data.total;
    this.place.set(step);
    const next = done ? null : data.place(step);
    const memory = done ? null : data.memory(step);
    tile(this.picture, data, this.written(), next, memory);
    const average = step ? significant(this.paid[step] / step) : "–";
    const paid = `${significant(this.paid[step])} bits so far, ${average} bits per dimension`;
    if (done) {
      say(this.subject, "The picture is finished");
      say(this.values, paid);
      say(this.barsTitle, "There is no next value");
    } else {
      const said = data.distribution("probability", step);
      const kept = data.distribution("kept", step);
      const [row, column, channel] = next!;
      const drawn = data.drawn[step];
      const value = data.values[step];
      distribution(this.bars, data, step, said, kept);
      say(this.barsTitle, "Distribution of the next value: the model, and after temperature, top-k, top-p");
      say(this.subject, `Value ${step + 1}, row ${row + 1}, column ${column + 1}, ${data.channels[channel]}`);
      const chosen = value === drawn ? `sampled ${drawn}` : `overridden ${value}, the seed samples ${drawn}`;
      say(this.values, `${chosen} (p ${percent(said[value])}); entropy ${significant(entropy(said))} bits; ${paid}`);
    }
    this.bars.style.visibility = done ? "hidden" : "visible";
    this.element.setAttribute("aria-label", `${this.subject.textContent}; ${step} of ${data.total} values are generated`);
    yield;
    yield* this.attend();
    tile(this.cost, data, this.costs(), next, memory);
  }

  private *attend(): Generator<void> {
    const { data, step } = this;
    if (step === data.total) {
      say(this.mapsTitle, "Negative log-likelihood of every value");
      for (const map of this.maps) pixels(map, data, new Uint8ClampedArray(4 * data.height * data.width));
      return;
    }
    const found = this.maps.map((_, map) => data.attention(step, map));
    const start = found.reduce((sum, { onStart }) => sum + onStart, 0) / found.length;
    const which = data.layer === null ? "each layer, mean of heads" : `layer ${data.layer + 1}`;
    say(this.mapsTitle, `Attention, ${which}; ${percent(start)} on the slot before the first value`);
    const sums = found.map(({ onValues }) => this.summed(onValues));
    const most = Math.max(...sums.map((sum) => sum.reduce((a, b) => Math.max(a, b), 0)));
    for (const [map, sum] of sums.entries()) {
      tile(this.maps[map], data, this.heat(sum, most), data.place(step), data.memory(step));
      yield;
    }
  }

  /** The values of each pixel's channels together. */
  private summed(each: ArrayLike<number>): Float32Array {
    const { data } = this;
    const sums = new Float32Array(data.height * data.width);
    for (let at = 0; at < this.step; at++) {
      const [row, column] = data.place(at);
      sums[row * data.width + column] += each[at];
    }
    return sums;
  }

  private heat(sums: Float32Array, most: number): Uint8ClampedArray {
    const { data } = this;
    const image = new Uint8ClampedArray(4 * sums.length);
    for (let at = 0; at < this.step; at++) {
      const [row, column] = data.place(at);
      const pixel = row * data.width + column;
      image.set(viridis(most > 0 ? sums[pixel] / most : 0), 4 * pixel);
      image[4 * pixel + 3] = 255;
    }
    return image;
  }

  /** On one scale at every step. */
  private costs(): Uint8ClampedArray {
    const { data } = this;
    const most = data.bits.reduce((a, b) => Math.max(a, b), 0);
    return this.heat(this.summed(data.bits), most);
  }

  private written(): Uint8ClampedArray {
    const { data } = this;
    const image = new Uint8ClampedArray(4 * data.height * data.width);
    for (let at = 0; at < image.length; at += 4) image.set(UNWRITTEN, at);
    const channels = data.channels.length;
    for (let at = 0; at < this.step; at++) {
      const [row, column, channel] = data.place(at);
      const pixel = 4 * (row * data.width + column);
      if (channel === 0) image.set([0, 0, 0, 255], pixel);
      const colour = 3 * (data.values[at] * channels + channel);
      for (let c = 0; c < 3; c++) image[pixel + c] += data.colours[colour + c];
    }
    return image;
  }

  private acted(event: KeyboardEvent): boolean {
    const { key } = event;
    const row = this.data.width * this.data.channels.length;
    const moves: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -row,
      ArrowDown: row,
      Home: -this.data.total,
      End: this.data.total,
    };
    if (key in moves) this.go(this.step + moves[key]);
    else if (key === " ") this.toggle();
    else return false;
    return true;
  }
}
