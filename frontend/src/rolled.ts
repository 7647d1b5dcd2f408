// The rollout that the worker answered last; until an answer to a new question comes, the one before is shown.

import type { Background } from "./background";
import type { State } from "./state";

export class Rolled {
  private asked = "";
  private answered = "";
  private start = 0;
  private rows: Float32Array[][] = [];

  constructor(
    private readonly background: Background,
    private readonly layers: number,
    private readonly onRows: () => void,
  ) {}

  ask(state: State, tokens: readonly number[]): void {
    const { fusion, discard, residual, start } = state;
    const queries = [...tokens];
    const options = { fusion, discard, residual, start, stop: this.layers - 1 };
    const question = JSON.stringify([queries, options]);
    if (this.asked === question) return;
    this.asked = question;
    this.background.rollout(queries, options, (rows) => {
      Object.assign(this, { answered: question, start, rows });
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
