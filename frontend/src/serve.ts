// What the worker does: it makes all maps one layer after the other, and answers rollouts in between, each at once.

import { type Asked, Engine, type Prepared } from "./engine";
import { isQuick } from "./quick";
import { decode } from "./wire";

export type ToWorker = { kind: "open"; buffer: ArrayBuffer } | { kind: "rollout"; asked: Asked };
export type FromWorker =
  | { kind: "logSums"; layer: number; values: Float32Array }
  | { kind: "prepared"; value: Prepared }
  | { kind: "rollout"; rows: Float32Array[][] };

/** Handles messages, each of which may be followed by any number of replies. */
export function serve(reply: (message: FromWorker) => void): (message: ToWorker) => void {
  let engine: Engine | undefined;
  let next = 0;
  let prepared: Generator<Prepared>;
  let quick = false;

  // One step a turn, so that no question waits for more than a layer.
  function step(): void {
    if (!engine) return;
    if (next < engine.layers) {
      reply({ kind: "logSums", layer: next, values: engine.logSums(next) });
      next++;
    } else {
      const { value, done } = prepared.next();
      if (done) return;
      if (quick) reply({ kind: "prepared", value });
    }
    setTimeout(step);
  }

  return (message) => {
    if (message.kind === "open") {
      const packed = decode(message.buffer);
      engine = new Engine(packed);
      prepared = engine.prepare();
      quick = isQuick(packed);
      setTimeout(step);
    } else {
      const { queries, options } = message.asked;
      reply({ kind: "rollout", rows: queries.map((query) => engine!.rollout(query, options)) });
    }
  };
}
