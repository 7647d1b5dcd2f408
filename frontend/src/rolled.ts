// The rollout that was computed last; until the worker answers a new question, the one before is shown.

import type { Background } from "./background";
import type { Quick } from "./quick";
import type { State } from "./state";

export class Rolled {
  private asked = "";
  private answered = "";
  private start = 0;
  private rows: Float32Array[][] = [];

  constructor(
    private readonly quick: Quick,
    private readonly background: Background,
    private readonly layers: number,
    private readonly onRows: () => void,
  ) {}

  ask(state: State, tokens: readonly number[]): void {
    const { fusion, discard, residual, start } = state;
    const asked = { queries: [...tokens], options: { fusion, discard, residual, start, stop: this.layers - 1 } };
    const question = JSON.stringify(asked);
    if (this.asked === question) return;
    this.asked = question;
    const take = (rows: Float32Array[][]): void => void Object.assign(this, { answered: question, start, rows });
    const rows = this.quick.rollout(asked);
    if (rows) return take(rows);
    this.background.rollout(asked, (rows) => {
      // A newer question may have been answered here meanwhile.
      if (this.answered === this.asked) return;
      take(rows);
      this.onRows();
    });
  }

  /** Whether what is on the screen will be replaced within a moment: to draw it again would only delay that. */
  get waiting(): boolean {
    return this.rows.length > 0 && this.answered !== this.asked;
  }

  /** The row after a layer of the token asked about at that place; null while it is not known. */
  row(layer: number, at: number): Float32Array | null {
    return this.rows[at]?.[layer - this.start] ?? null;
  }
}
