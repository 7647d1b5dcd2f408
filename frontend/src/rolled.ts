// The rollout that was computed last; until the worker answers a new question, the one before is shown.

import type { Background } from "./background";
import type { Asked } from "./engine";
import type { Quick } from "./quick";
import type { State } from "./state";

export class Rolled {
  private asked = "";
  private answered = "";
  private start = 0;
  private rows: Float32Array[][] = [];

  constructor(
    private readonly quick: Quick,
    /** Null where q and k are not there: the server answers. */
    private readonly background: Background | null,
    private readonly layers: number,
    private readonly onRows: () => void,
  ) {}

  ask(state: State, tokens: readonly number[]): void {
    const { fusion, discard, residual, start } = state;
    const asked = { queries: [...tokens], options: { fusion, discard, residual, start, stop: this.layers - 1 } };
    const question = JSON.stringify(asked);
    if (this.asked === question) return;
    this.asked = question;
    const rows = this.quick.rollout(asked);
    if (rows) return this.set(question, start, rows);
    this.background?.rollout(asked, (rows) => {
      // A newer question may have been answered here meanwhile.
      if (this.answered === this.asked) return;
      this.set(question, start, rows);
      this.onRows();
    });
  }

  /** The server's answer: of each token its rows, one after the other. */
  take(asked: Asked, rows: readonly Float32Array[]): void {
    const { start, stop } = asked.options;
    const depths = stop - start + 1;
    const split = (all: Float32Array): Float32Array[] =>
      Array.from({ length: depths }, (_, at) => all.subarray((at * all.length) / depths, ((at + 1) * all.length) / depths));
    this.set(JSON.stringify(asked), start, rows.map(split));
  }

  /** Whether what is on the screen will be replaced within a moment: to draw it again would only delay that. */
  get waiting(): boolean {
    return this.background !== null && this.rows.length > 0 && this.answered !== this.asked;
  }

  /** The row after a layer of the token asked about at that place; null while it is not known. What the server answered
   * before is not shown: its next answer takes long. */
  row(layer: number, at: number): Float32Array | null {
    if (!this.background && this.answered !== this.asked) return null;
    return this.rows[at]?.[layer - this.start] ?? null;
  }

  private set(answered: string, start: number, rows: Float32Array[][]): void {
    Object.assign(this, { answered, start, rows });
  }
}
