// One of the photographs that are compared, with its light, its outline and its line of words.

import { make, put, say } from "./dom";
import { GridCanvas } from "./grid_canvas";
import { placeOf } from "./places";
import type { Answer, Point, Source } from "./sources";

export interface PaneEvents {
  /** Where the pointer is; null when it leaves. */
  onPoint(point: Point | null): void;
  onClick(point: Point): void;
}

export class Pane {
  readonly element: HTMLElement;
  readonly photo: HTMLElement;
  private readonly light: GridCanvas;
  private readonly address: string;
  private readonly outline = make("div", { class: "mark outline", hidden: true });
  private readonly dot = make("div", { class: "dot", hidden: true });
  private readonly layer = make("div", { class: "pane-layer" });
  private readonly text = make("div", { class: "pane-text" });

  constructor(
    label: string,
    readonly source: Source,
    events: PaneEvents,
  ) {
    this.address = URL.createObjectURL(new Blob([source.photograph]));
    this.light = new GridCanvas(source.grid);
    put(this.light.element, placeOf(source.frame, source.grid));
    const image = make("img", { src: this.address, alt: "", draggable: "false" });
    this.photo = make("div", { class: "photo" }, image, this.light.element, this.outline, this.dot);
    this.photo.style.setProperty("--ratio", String(source.frame.photo_width / source.frame.photo_height));
    const title = make("div", { class: "pane-title" }, make("b", {}, label), ` ${source.title}`);
    this.element = make("div", { class: "pane" }, title, this.photo, this.layer, this.text);
    const at = (event: PointerEvent | MouseEvent): Point => {
      const box = this.photo.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    };
    this.photo.addEventListener("pointermove", (event) => events.onPoint(at(event)));
    this.photo.addEventListener("pointerdown", (event) => events.onPoint(at(event)));
    this.photo.addEventListener("pointerleave", (event) => {
      // A finger that is lifted leaves what it showed.
      if (event.pointerType !== "touch") events.onPoint(null);
    });
    this.photo.addEventListener("click", (event) => events.onClick(at(event)));
  }

  /** What the source answers at this point, in which part of it. */
  show(point: Point, answer: Answer | null, log: boolean, spotlight: boolean): void {
    this.dot.hidden = false;
    this.dot.style.left = `${100 * point[0]}%`;
    this.dot.style.top = `${100 * point[1]}%`;
    this.outline.hidden = !answer?.outline;
    if (answer?.outline) put(this.outline, answer.outline);
    if (answer?.weights) this.light.show([answer.weights], 0, answer.most, log, spotlight);
    else this.light.clear();
    say(this.layer, answer?.layer ?? "");
    say(this.text, answer?.text ?? "outside what this model sees of the photograph");
  }

  /** The same in one sentence. */
  get words(): string {
    return `${this.element.firstChild!.textContent}, ${this.layer.textContent}: ${this.text.textContent}.`;
  }

  close(): void {
    URL.revokeObjectURL(this.address);
  }
}
