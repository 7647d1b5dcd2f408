// The four that are compared: each answers what it sees from, or attends to at, a point of the photograph.

import { fuse, type Fusion, row } from "./attention";
import { Fields } from "./fields";
import { entropy, largest, meanDistance } from "./numbers";
import { cellAt, type Place, placeOf, placeOfCell } from "./places";
import { decode, type Frame, type Grid, type Packed } from "./wire";
import { significant } from "./words";

/** A point of the photograph, in shares of its width and height. */
export type Point = readonly [number, number];

export interface Answer {
  /** A weight for each cell of the source's grid; null while it is not known. */
  weights: Float32Array | null;
  most: number;
  /** What is outlined: the theoretical field, or the query's own patch. */
  outline: Place | null;
  /** Which layer, and its numbers. */
  layer: string;
  text: string;
}

export interface Source {
  readonly title: string;
  readonly frame: Frame;
  readonly grid: Grid;
  /** Layers or blocks. */
  readonly depth: number;
  readonly photograph: Uint8Array<ArrayBuffer>;
  /** Null outside what the model sees of the photograph. */
  at(point: Point, part: number, fusion: Fusion): Answer | null;
}

export class FieldSource implements Source {
  readonly title: string;
  readonly frame: Frame;
  readonly grid: Grid;
  readonly photograph: Uint8Array<ArrayBuffer>;
  private readonly place: Place;

  constructor(private readonly fields: Fields) {
    ({ title: this.title, frame: this.frame, grid: this.grid, photograph: this.photograph } = fields);
    this.place = placeOf(this.frame, this.grid);
  }

  get depth(): number {
    return this.fields.parts.length;
  }

  at([x, y]: Point, part: number): Answer | null {
    const { fields, frame } = this;
    if (cellAt(this.place, this.grid, x, y) === null) return null;
    const down = y * frame.photo_height * frame.row_scale + frame.row_offset;
    const across = x * frame.photo_width * frame.column_scale + frame.column_offset;
    const unit = fields.unitAt(part, down, across);
    const field = fields.field(part, unit);
    const box = fields.box(part, field?.unit ?? unit);
    const sides = box && [box.rows, box.columns].map(([from, to]) => to - from).join(" × ");
    const theory = sides ? `theoretical field ${sides} px` : "theoretical field: the whole picture";
    const effect = field
      ? `90 % of the gradient within ${significant(field.radius90)} px`
      : "the effective field is being computed, the box is the theoretical one";
    return {
      weights: field?.shares ?? null,
      most: field ? largest(field.shares, 0) : 0,
      outline: box && fields.placeOf(box),
      layer: `${fields.parts[part].name}, ${part + 1} of ${this.depth}`,
      text: `${theory}; ${effect}`,
    };
  }
}

export class AttentionSource implements Source {
  readonly title: string;
  readonly frame: Frame;
  readonly grid: Grid;
  readonly photograph: Uint8Array<ArrayBuffer>;
  private readonly packed: Packed;
  private readonly place: Place;

  constructor(file: ArrayBuffer) {
    this.packed = decode(file);
    ({ title: this.title, frame: this.frame, grid: this.grid, photograph: this.photograph } = this.packed);
    this.place = placeOf(this.frame, this.grid);
  }

  get depth(): number {
    return this.packed.layers.length;
  }

  at([x, y]: Point, part: number, fusion: Fusion): Answer | null {
    const { grid, place } = this;
    const cell = cellAt(place, grid, x, y);
    if (cell === null) return null;
    const call = this.packed.layers[part];
    const prefix = this.packed.prefix.length;
    const weights = fuse(
      Array.from({ length: call.heads }, (_, head) => row(call, head, prefix + cell)),
      fusion,
    );
    const distance = meanDistance(weights, prefix + cell, prefix, grid);
    return {
      weights: weights.subarray(prefix),
      most: largest(weights, prefix),
      outline: placeOfCell(place, grid, cell),
      layer: `layer ${part + 1} of ${this.depth}, ${fusion} of ${call.heads} heads`,
      text: `mean distance ${significant(distance)} px, entropy ${significant(entropy(weights))} bits`,
    };
  }
}
