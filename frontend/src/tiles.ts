// Small multiples: the same question to every head of the layer, or to every layer of the head.

import { make, say } from "./dom";
import { GridCanvas } from "./grid_canvas";
import type { Packed } from "./wire";

interface Tile {
  value: number;
  button: HTMLButtonElement;
  light: GridCanvas;
}

export class Strip {
  readonly element: HTMLElement;
  readonly count: number;
  private readonly title = make("div", { class: "strip-title" });
  private readonly tiles: Tile[];

  /** `values` are what the tiles stand for, in their order; a chosen one is told. */
  constructor(
    packed: Packed,
    values: readonly number[],
    name: (value: number) => string,
    private readonly label: (value: number) => string,
    onChoose: (value: number) => void,
  ) {
    this.count = values.length;
    this.tiles = values.map((value) => {
      const light = new GridCanvas(packed.grid);
      const view = make("span", { class: "view" }, light.element);
      const button = make(
        "button",
        { class: "tile", type: "button", click: () => onChoose(value) },
        view,
        make("span", { class: "name" }, name(value)),
      );
      return { value, button, light };
    });
    const group = make("div", { class: "tiles" }, ...this.tiles.map((tile) => tile.button));
    this.element = make("div", { class: "strip", role: "group" }, this.title, group);
  }

  get values(): number[] {
    return this.tiles.map((tile) => tile.value);
  }

  /** Which tile is chosen, and which can be. */
  choose(title: string, chosen: number, first = -1): void {
    say(this.title, title);
    this.element.setAttribute("aria-label", title);
    for (const { value, button } of this.tiles) {
      button.setAttribute("aria-pressed", String(value === chosen));
      button.setAttribute("aria-label", this.label(value));
      button.disabled = value < first;
    }
  }

  light(at: number): GridCanvas {
    return this.tiles[at].light;
  }
}
