// The packed buffer: a safetensors file whose metadata say what the arrays are.

import type { RolloutOptions } from "./rollout";

export interface Grid {
  rows: number;
  columns: number;
  height: number;
  width: number;
}

export interface Frame {
  photo_height: number;
  photo_width: number;
  input_height: number;
  input_width: number;
  row_scale: number;
  column_scale: number;
  row_offset: number;
  column_offset: number;
}

/** One attention call: softmax(q kᵀ · scale + bias). */
export interface Call {
  name: string;
  kind: "self" | "queries" | "cross";
  heads: number;
  queries: number;
  keys: number;
  dim: number;
  scale: number;
  causal: boolean;
  /** heads x queries x dim, already multiplied by the scale. */
  readonly q: Float32Array;
  /** heads x keys x dim. */
  readonly k: Float32Array;
  bias: Bias | null;
}

/** Added to the scores, or, as a mask, which keys a query may see. An axis of length 1 serves all. */
export interface Bias {
  values: Float32Array | Uint8Array;
  mask: boolean;
  heads: number;
  queries: number;
  keys: number;
}

/** What a DETR's queries answer after a decoder layer. */
export interface Detections {
  /** Left, top, right, bottom in photograph pixels. */
  boxes: [number, number, number, number][];
  /** Probability of the likeliest class, and of "no object". */
  scores: number[];
  none: number[];
  names: string[];
}

export interface Packed {
  title: string;
  /** Layers of self-attention over the picture's tokens. */
  layers: Call[];
  /** A DETR's queries over the picture's tokens, a call for each decoder layer. */
  cross: Call[];
  /** What they answer, for each decoder layer. */
  detections: Detections[];
  /** Names of the tokens that are no patch; they come first. */
  prefix: string[];
  grid: Grid;
  frame: Frame;
  /** The encoded photograph. */
  photograph: Uint8Array<ArrayBuffer>;
  /** Where q and k are too large to be sent: the rows of attention that have come, by token, layers x heads x keys. */
  rows: Map<number, Float32Array> | null;
  /** And how large they are, in megabytes. */
  megabytes: number;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

type Header = Record<string, Entry> & { __metadata__: { header: string; name: string } };

/** A safetensors file: what it says, and its arrays' bytes. */
export class Wire {
  private readonly entries: Header;
  private readonly begin: number;

  constructor(private readonly buffer: ArrayBuffer) {
    const length = Number(new DataView(buffer).getBigUint64(0, true));
    this.entries = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
    this.begin = 8 + length;
  }

  /** What tells one file from another. */
  get name(): string {
    return this.entries.__metadata__.name;
  }

  /** What it says of its arrays. */
  get said(): any {
    return JSON.parse(this.entries.__metadata__.header);
  }

  shape(name: string): number[] {
    return this.entries[name].shape;
  }

  isBytes(name: string): boolean {
    return this.entries[name].dtype === "U8";
  }

  bytes(name: string): ArrayBuffer {
    const [from, to] = this.entries[name].data_offsets;
    return this.buffer.slice(this.begin + from, this.begin + to);
  }

  floats(name: string): Float32Array {
    return new Float32Array(this.bytes(name));
  }

  /** An encoded picture. */
  picture(name: string): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.bytes(name));
  }
}

export function decode(buffer: ArrayBuffer): Packed {
  const wire = new Wire(buffer);
  const { said } = wire;
  const calls = callsOf(wire);
  return {
    title: said.title,
    layers: calls.filter((call) => call.kind === "self"),
    cross: calls.filter((call) => call.kind === "cross"),
    detections: said.detections,
    prefix: said.prefix,
    grid: said.grid,
    frame: said.frame,
    photograph: wire.picture("photograph"),
    rows: said.megabytes ? new Map() : null,
    megabytes: said.megabytes,
  };
}

/** What the server has computed of some tokens. */
export interface Rows {
  tokens: number[];
  /** Of a rollout; nothing of attention. */
  options: RolloutOptions | undefined;
  /** Of each token: layers x heads x keys of attention, depths x keys of a rollout. */
  rows: Float32Array[];
}

export function rowsOf(file: ArrayBuffer): Rows {
  const wire = new Wire(file);
  const { tokens, options } = wire.said as Rows;
  return { tokens, options, rows: tokens.map((token) => wire.floats(`row.${token}`)) };
}

/** The attention calls of a file. */
export function callsOf(wire: Wire): Call[] {
  const biases = new Map<string, Bias>();
  const bias = (name: string | null): Bias | null => {
    if (name === null) return null;
    if (!biases.has(name)) {
      const mask = wire.isBytes(name);
      const values = mask ? new Uint8Array(wire.bytes(name)) : wire.floats(name);
      const [heads, queries, keys] = wire.shape(name);
      biases.set(name, { values, mask, heads, queries, keys });
    }
    return biases.get(name)!;
  };
  // Each layer's numbers are restored when they are first needed, so that no turn of the page takes long.
  return wire.said.calls.map((call: Call & { bias: string | null }, number: number) => {
    let q: Float32Array | undefined;
    let k: Float32Array | undefined;
    return {
      ...call,
      bias: bias(call.bias),
      get q() {
        return (q ??= restored(wire, `q.${number}`, call.scale));
      },
      get k() {
        return (k ??= restored(wire, `k.${number}`, 1));
      },
    };
  });
}

/** 16-bit steps of each channel's range as numbers. */
function restored(wire: Wire, name: string, scale: number): Float32Array {
  const [heads, tokens, dim] = wire.shape(name);
  const steps = new Uint16Array(wire.bytes(name));
  const low = wire.floats(`${name}.low`);
  const step = wire.floats(`${name}.step`);
  const values = new Float32Array(steps.length);
  for (let head = 0, at = 0; head < heads; head++)
    for (let token = 0; token < tokens; token++)
      for (let c = head * dim, end = c + dim; c < end; c++, at++) values[at] = scale * (low[c] + step[c] * steps[at]);
  return values;
}
