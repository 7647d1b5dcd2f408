// What each query would cost as each object's, term by term, and the cheapest assignment.

import { assignment } from "./hungarian";
import { type Frame, Wire } from "./wire";

export interface Weights {
  class_cost: number;
  l1: number;
  giou: number;
}

export const TERMS = ["class_cost", "l1", "giou"] as const;
export const SHOWN = ["cost", "class", "L1", "GIoU"] as const;
export type Shown = (typeof SHOWN)[number];
/** Left, top, right, bottom in photograph pixels. */
export type Corners = [number, number, number, number];

export class Costs {
  readonly layers: number;
  readonly queries: number;
  readonly objects: number;
  readonly names: string[];
  /** What each query says after each decoder layer. */
  readonly said: string[][];
  /** Of the queries, after each decoder layer. */
  readonly boxes: Corners[][];
  readonly truth: Corners[];
  readonly photograph: Uint8Array<ArrayBuffer>;
  readonly frame: Pick<Frame, "photo_height" | "photo_width">;
  private readonly terms: Record<(typeof TERMS)[number], Float64Array>;
  private readonly free: { queries: number[]; objects: number[] };

  constructor(file: ArrayBuffer) {
    const wire = new Wire(file);
    const { without, ...rest } = wire.said;
    ({ names: this.names, said: this.said, boxes: this.boxes, truth: this.truth, frame: this.frame } = rest);
    this.photograph = wire.picture("photograph");
    [this.layers, this.queries, this.objects] = wire.shape("class_cost");
    const [class_cost, l1, giou] = TERMS.map((term) => new Float64Array(wire.bytes(term)));
    this.terms = { class_cost, l1, giou };
    const kept = (count: number, out: number[]): number[] => [...Array(count).keys()].filter((each) => !out.includes(each));
    this.free = { queries: kept(this.queries, without.queries), objects: kept(this.objects, without.objects) };
  }

  /** A term of the cost of every query for every object. */
  term(layer: number, name: (typeof TERMS)[number]): Float64Array {
    const size = this.queries * this.objects;
    return this.terms[name].subarray(layer * size, (layer + 1) * size);
  }

  /** The weighted sum of the terms, queries x objects. */
  cost(layer: number, weights: Weights): Float64Array {
    const [a, b, c] = TERMS.map((name) => this.term(layer, name));
    return a.map((_, at) => weights.class_cost * a[at] + weights.l1 * b[at] + weights.giou * c[at]);
  }

  shown(layer: number, weights: Weights, shown: Shown): Float64Array {
    return shown === "cost" ? this.cost(layer, weights) : this.term(layer, TERMS[SHOWN.indexOf(shown) - 1]);
  }

  /** The object of each query, −1 for those that should say "no object". */
  assigned(layer: number, weights: Weights): Int32Array {
    const { queries, objects } = this.free;
    const cost = this.cost(layer, weights);
    const few = Float64Array.from({ length: queries.length * objects.length }, (_, at) =>
      cost[queries[Math.floor(at / objects.length)] * this.objects + objects[at % objects.length]],
    );
    const result = new Int32Array(this.queries).fill(-1);
    if (objects.length)
      assignment(few, queries.length, objects.length).forEach((column, row) => {
        if (column >= 0) result[queries[row]] = objects[column];
      });
    return result;
  }

  isFree(query: number, object: number): boolean {
    return this.free.queries.includes(query) && this.free.objects.includes(object);
  }
}
