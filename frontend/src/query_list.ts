// A DETR's queries in a row, the surest first: under the pointer each shows what it attends to.

import { make } from "./dom";
import type { Packed } from "./wire";
import { percent } from "./words";

export interface QueryEvents {
  /** Null when the pointer leaves. */
  onHover(query: number | null): void;
  onClick(query: number): void;
}

export class QueryList {
  readonly element = make("div", { class: "query-list", role: "group", "aria-label": "Queries" });
  private drawn = -1;

  constructor(
    private readonly packed: Packed,
    private readonly events: QueryEvents,
  ) {
    this.element.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") events.onHover(null);
    });
  }

  /** After a decoder layer, with the query that is shown; null hides them. */
  show(layer: number | null, query: number): void {
    this.element.hidden = layer === null;
    if (layer === null) return;
    if (layer !== this.drawn) this.fill(layer);
    for (const chip of this.element.children) chip.setAttribute("aria-pressed", String(Number((chip as HTMLElement).dataset.query) === query));
  }

  private fill(layer: number): void {
    this.drawn = layer;
    const { names, scores } = this.packed.detections[layer];
    const order = [...names.keys()].sort((a, b) => scores[b] - scores[a]);
    this.element.replaceChildren(
      ...order.map((query) =>
        make(
          "button",
          {
            type: "button",
            "data-query": String(query),
            pointerenter: () => this.events.onHover(query),
            click: () => this.events.onClick(query),
          },
          `${query} ${names[query]} ${percent(scores[query])}`,
        ),
      ),
    );
  }
}
