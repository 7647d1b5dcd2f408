// A generated sequence of values as it was sent: what each step saw, and what it drew.

import { Wire } from "./wire";

const STEPS = 65535;

export class Generated {
  readonly height: number;
  readonly width: number;
  /** Names of the channels. */
  readonly channels: readonly string[];
  /** Names of the maps of attention that each step has. */
  readonly maps: readonly string[];
  /** The layer whose heads they are, null for each layer's mean. */
  readonly layer: number | null;
  readonly total: number;
  readonly levels: number;
  readonly values: Uint16Array;
  /** What the seed draws; the value is another one where it was overridden. */
  readonly drawn: Uint16Array;
  /** −log₂ p of each value. */
  readonly bits: Float32Array;
  /** levels x channels x 3. */
  readonly colours: Uint8Array;
  /** Row, column and channel of each step. */
  private readonly places: Uint16Array;
  /** Pixels of the memory of each query block. */
  private readonly memories: Uint8Array;
  private readonly spans: readonly (readonly [number, number])[];
  private readonly past: readonly (readonly number[])[];
  private readonly rows: Record<"probability" | "kept" | "attention", { steps: Uint16Array; most: Float32Array }>;
  /** Where each step's attention begins. */
  private readonly begins: number[] = [0];

  constructor(file: ArrayBuffer) {
    const wire = new Wire(file);
    const { said } = wire;
    const short = (name: string): Uint16Array => new Uint16Array(wire.bytes(name));
    const rows = (name: string) => ({ steps: short(name), most: wire.floats(`${name}.most`) });
    this.height = said.height;
    this.width = said.width;
    this.channels = said.channels;
    this.maps = said.maps;
    this.layer = said.layer;
    this.spans = said.spans;
    this.past = said.past;
    this.values = short("values");
    this.drawn = short("drawn");
    this.bits = wire.floats("bits");
    this.colours = new Uint8Array(wire.bytes("colours"));
    this.places = short("places");
    this.memories = new Uint8Array(wire.bytes("memory"));
    this.rows = { probability: rows("probability"), kept: rows("kept"), attention: rows("attention") };
    this.total = this.values.length;
    this.levels = this.rows.probability.steps.length / this.total;
    for (let step = 0; step < this.total; step++) this.begins.push(this.begins[step] + this.maps.length * this.seen(step));
  }

  place(step: number): [number, number, number] {
    const [row, column, channel] = this.places.subarray(3 * step, 3 * step + 3);
    return [row, column, channel];
  }

  /** The step that generates the first value of a pixel. */
  stepOf(row: number, column: number): number {
    for (let step = 0; step < this.total; step++) if (this.places[3 * step] === row && this.places[3 * step + 1] === column) return step;
    return 0;
  }

  /** The pixels of the memory block of a step, 1 in it. */
  memory(step: number): Uint8Array {
    const size = this.height * this.width;
    const block = this.block(step);
    return this.memories.subarray(block * size, (block + 1) * size);
  }

  /** The distribution of a step's value: the model's, or after temperature, top-k and top-p. */
  distribution(kind: "probability" | "kept", step: number): Float32Array {
    const { steps, most } = this.rows[kind];
    const row = steps.subarray(step * this.levels, (step + 1) * this.levels);
    return Float32Array.from(row, (share) => (share * most[step]) / STEPS);
  }

  /** A step's attention to each value generated before it, and to the slot before the first value. */
  attention(step: number, map: number): { onValues: Float32Array; onStart: number } {
    const { steps, most } = this.rows.attention;
    const [start] = this.spans[this.block(step)];
    const past = this.past[this.block(step)];
    const count = this.seen(step);
    const at = this.begins[step] + map * count;
    const scale = most[step * this.maps.length + map] / STEPS;
    const onValues = new Float32Array(step);
    let onStart = 0;
    for (let slot = 0; slot < count; slot++) {
      // A slot holds the value before it.
      const value = (slot < past.length ? past[slot] : start + slot - past.length) - 1;
      const weight = steps[at + slot] * scale;
      if (value < 0) onStart = weight;
      else onValues[value] = weight;
    }
    return { onValues, onStart };
  }

  private block(step: number): number {
    return this.spans.findIndex(([, stop]) => step < stop);
  }

  /** The slots that a step attends to. */
  private seen(step: number): number {
    const block = this.block(step);
    return this.past[block].length + step + 1 - this.spans[block][0];
  }
}
