// The worker as the lens sees it.

import type { Asked, Prepared } from "./engine";
import { type FromWorker, serve, type ToWorker } from "./serve";

declare const WORKER_CODE: string;

export class Background {
  /** log Σ exp of each layer's queries, as they come. */
  readonly logSums: Float32Array[] = [];
  private readonly send: (message: ToWorker) => void;
  private worker: Worker | undefined;
  private waiting: ((rows: Float32Array[][]) => void) | undefined;
  private later: (() => void) | undefined;

  constructor(
    /** Nothing where q and k are not there. */
    buffer: ArrayBuffer | null,
    private readonly onLayer: () => void,
    private readonly onPrepared: (prepared: Prepared) => void,
  ) {
    this.send = this.start();
    if (buffer) this.send({ kind: "open", buffer });
  }

  /** The rows of a rollout; of several that wait only the last is answered. */
  rollout(asked: Asked, then: (rows: Float32Array[][]) => void): void {
    const ask = (): void => {
      this.waiting = then;
      this.send({ kind: "rollout", asked });
    };
    if (this.waiting) this.later = ask;
    else ask();
  }

  close(): void {
    this.worker?.terminate();
    this.waiting = this.later = undefined;
  }

  private start(): (message: ToWorker) => void {
    const receive = (message: FromWorker): void => this.receive(message);
    try {
      const address = URL.createObjectURL(new Blob([WORKER_CODE], { type: "text/javascript" }));
      const worker = new Worker(address);
      URL.revokeObjectURL(address);
      worker.addEventListener("message", (event: MessageEvent<FromWorker>) => receive(event.data));
      this.worker = worker;
      return (message) => worker.postMessage(message);
    } catch {
      // Where a page allows no workers, the same is done here, a layer at a time.
      return serve(receive);
    }
  }

  private receive(message: FromWorker): void {
    if (message.kind === "logSums") {
      this.logSums[message.layer] = message.values;
      return this.onLayer();
    }
    if (message.kind === "prepared") return this.onPrepared(message.value);
    const then = this.waiting;
    this.waiting = undefined;
    const later = this.later;
    this.later = undefined;
    then?.(message.rows);
    later?.();
  }
}
