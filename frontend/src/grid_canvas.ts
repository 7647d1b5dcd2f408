// A canvas of one pixel a patch, which the browser enlarges over the photograph: to draw a map is to write its pixels.

import { paint } from "./colours";
import { make } from "./dom";
import type { Grid } from "./wire";

export class GridCanvas {
  readonly element: HTMLCanvasElement;
  private readonly context: CanvasRenderingContext2D;
  private readonly image: ImageData;

  constructor(grid: Grid) {
    this.element = make("canvas", {
      class: "light",
      "aria-hidden": "true",
      width: String(grid.columns),
      height: String(grid.rows),
    });
    this.context = this.element.getContext("2d")!;
    this.image = this.context.createImageData(grid.columns, grid.rows);
    this.element.addEventListener("contextrestored", () => this.context.putImageData(this.image, 0, 0));
  }

  show(maps: readonly Float32Array[], prefix: number, most: number, log: boolean, spotlight: boolean): void {
    paint(this.image.data, maps, prefix, most, log, spotlight);
    this.context.putImageData(this.image, 0, 0);
  }

  clear(): void {
    this.image.data.fill(0);
    this.context.putImageData(this.image, 0, 0);
  }
}
