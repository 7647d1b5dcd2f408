// A DETR's boxes on the photograph: those of queries that found something, and the one asked about from layer to layer.

import { make, put } from "./dom";
import type { Place } from "./places";
import type { Packed } from "./wire";

/** Probability above which a query has found something. */
const FOUND = 0.5;

export class Boxes {
  readonly element = make("div", { class: "boxes", hidden: true });
  private drawn = "";

  constructor(private readonly packed: Packed) {}

  /** The boxes after a decoder layer, with that query's; null shows none. */
  show(layer: number | null, query: number): void {
    this.element.hidden = layer === null;
    const wanted = `${layer} ${query}`;
    if (layer === null || wanted === this.drawn) return;
    this.drawn = wanted;
    const { names, scores } = this.packed.detections[layer];
    const others = scores.flatMap((score, each) => (score > FOUND && each !== query ? [this.box(layer, each, "box")] : []));
    const path = this.packed.detections.flatMap((_, each) => (each === layer ? [] : [this.box(each, query, "box earlier")]));
    const own = this.box(layer, query, "box own");
    own.append(make("span", {}, `${names[query]} ${Math.round(100 * scores[query])} %`));
    this.element.replaceChildren(...others, ...path, own);
  }

  /** The query whose box is the smallest one around the pointer, of those that found something. */
  at(event: MouseEvent, layer: number): number | null {
    const area = this.element.parentElement!.getBoundingClientRect();
    const { photo_width, photo_height } = this.packed.frame;
    const x = ((event.clientX - area.left) / area.width) * photo_width;
    const y = ((event.clientY - area.top) / area.height) * photo_height;
    const { boxes, scores } = this.packed.detections[layer];
    let best: number | null = null;
    let smallest = Infinity;
    boxes.forEach(([left, top, right, bottom], query) => {
      const size = (right - left) * (bottom - top);
      const inside = left <= x && x <= right && top <= y && y <= bottom;
      if (inside && scores[query] > FOUND && size < smallest) [best, smallest] = [query, size];
    });
    return best;
  }

  private box(layer: number, query: number, kind: string): HTMLElement {
    const [left, top, right, bottom] = this.packed.detections[layer].boxes[query];
    const { photo_width, photo_height } = this.packed.frame;
    const place: Place = {
      left: left / photo_width,
      top: top / photo_height,
      width: (right - left) / photo_width,
      height: (bottom - top) / photo_height,
    };
    const element = make("div", { class: kind });
    put(element, place);
    return element;
  }
}
