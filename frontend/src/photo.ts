// The large photograph: light on it, the patch under the pointer, the pins, and where the pointer is.

import { make, put } from "./dom";
import { GridCanvas } from "./grid_canvas";
import { cellAt, type Place, placeOf, placeOfCell } from "./places";
import type { Packed } from "./wire";

export interface PhotoEvents {
  /** The patch under the pointer, as a token; null when it leaves. */
  onHover(token: number | null): void;
  onClick(token: number): void;
}

export class Photo {
  readonly element: HTMLElement;
  readonly light: GridCanvas;
  readonly place: Place;
  private readonly marks: HTMLElement[];
  private readonly cursor: HTMLElement;

  constructor(
    private readonly packed: Packed,
    address: string,
    private readonly events: PhotoEvents,
  ) {
    const { frame, grid } = packed;
    this.place = placeOf(frame, grid);
    this.light = new GridCanvas(grid);
    put(this.light.element, this.place);
    this.cursor = make("div", { class: "mark cursor", hidden: true });
    this.marks = [0, 1].map((pin) => make("div", { class: `mark pin pin-${pin}`, hidden: true }));
    const image = make("img", { src: address, alt: "", draggable: "false" });
    this.element = make("div", { class: "photo" }, image, this.light.element, this.cursor, ...this.marks);
    this.element.style.setProperty("--ratio", String(frame.photo_width / frame.photo_height));
    this.listen();
  }

  mark(hovered: number | null, pins: readonly number[]): void {
    this.set(this.cursor, hovered);
    this.marks.forEach((mark, at) => this.set(mark, pins[at] ?? null));
  }

  private set(mark: HTMLElement, token: number | null): void {
    mark.hidden = token === null || token < this.packed.prefix.length;
    if (!mark.hidden) put(mark, placeOfCell(this.place, this.packed.grid, token! - this.packed.prefix.length));
  }

  private listen(): void {
    const { element, events } = this;
    element.addEventListener("pointermove", (event) => events.onHover(this.at(event)));
    element.addEventListener("pointerdown", (event) => events.onHover(this.at(event)));
    element.addEventListener("pointerleave", (event) => {
      // A finger that is lifted leaves what it showed.
      if (event.pointerType !== "touch") events.onHover(null);
    });
    element.addEventListener("click", (event) => {
      const token = this.at(event);
      if (token !== null) events.onClick(token);
    });
  }

  private at(event: MouseEvent): number | null {
    const box = this.element.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width;
    const y = (event.clientY - box.top) / box.height;
    const cell = cellAt(this.place, this.packed.grid, x, y);
    return cell === null ? null : cell + this.packed.prefix.length;
  }
}
