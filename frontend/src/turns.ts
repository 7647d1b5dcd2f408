// Work in steps, some of them each animation frame, so that the page is never kept from its visitor.

/** Milliseconds of computing after which the page gets its turn. */
const TURN = 6;

export class Turns {
  private frame = 0;
  private work: Generator<void> | null = null;
  private after: (() => void) | null = null;

  /** Begin this in the next frame, instead of whatever was left of the work before. */
  begin(work: Generator<void>): void {
    this.work = work;
    if (!this.frame) this.frame = requestAnimationFrame(() => this.turn());
  }

  /** Do this once the work is done. */
  then(after: () => void): void {
    this.after = after;
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    this.work = null;
  }

  private turn(): void {
    this.frame = 0;
    const end = performance.now() + TURN;
    while (this.work) {
      if (this.work.next().done) this.work = null;
      else if (performance.now() > end) {
        this.frame = requestAnimationFrame(() => this.turn());
        return;
      }
    }
    this.after?.();
    this.after = null;
  }
}
