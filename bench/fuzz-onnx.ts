/**
 * Feeds damaged models to the reader. A mutant must end in a graph, which can then be written and
 * read again, or in one `UserError`; anything else is a defect. With a device, what was read is also
 * analysed and its latency predicted, again to a sound result or one `UserError`. Run by
 * `fuzz-onnx.mjs`, and for some hundred mutants by the tests.
 */
import { performance } from "node:perf_hooks";
import { UserError } from "../src/base/errors.ts";
import { type Rng, stream } from "../src/base/rng.ts";
import type { Device } from "../src/gpu/device.ts";
import { predict } from "../src/gpu/predict.ts";
import type { Graph } from "../src/graph/types.ts";
import { readOnnx } from "../src/onnx/read.ts";
import { writeOnnx } from "../src/onnx/write.ts";
import { analyze } from "../src/ops/analyze.ts";

export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface FuzzResult {
  readonly files: number;
  /** Mutants that are valid models; all of them were written and read again. */
  readonly read: number;
  /** Mutants that ended in a `UserError`. */
  readonly refused: number;
  /** Mutants that were read, and whose latency was predicted. */
  readonly predicted: number;
  /** Defects: other errors, and `UserError`s without a hint. */
  readonly defects: readonly {
    readonly index: number;
    readonly mutation: string;
    readonly error: string;
  }[];
  readonly byMutation: Readonly<
    Record<string, { readonly read: number; readonly refused: number }>
  >;
  readonly slowestMs: number;
  readonly slowest: string;
  readonly maxRssMb: number;
}

/** What may be read but not written: weights that lie outside and are not there, or are 2 GB and more. */
const UNWRITABLE = /cannot be read|ONNX allows/;

type Mutation = (bytes: Uint8Array, rng: Rng, seeds: readonly Seed[]) => Uint8Array;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "bit flips": (bytes, rng) => {
    const out = bytes.slice();
    for (let n = 1 + rng.int(8); n > 0; n--) out[rng.int(out.length)]! ^= 1 << rng.int(8);
    return out;
  },
  "random bytes": (bytes, rng) => {
    const out = bytes.slice();
    for (let n = 1 + rng.int(8); n > 0; n--) out[rng.int(out.length)] = rng.int(256);
    return out;
  },
  truncation: (bytes, rng) => bytes.slice(0, rng.int(bytes.length)),
  splice: (bytes, rng, seeds) => {
    const other = rng.pick(seeds).bytes;
    const from = rng.int(other.length);
    const piece = other.subarray(from, from + 1 + rng.int(Math.min(400, other.length - from)));
    const at = rng.int(bytes.length);
    return join(bytes.subarray(0, at), piece, bytes.subarray(at + rng.int(piece.length)));
  },
  deletion: (bytes, rng) => {
    const at = rng.int(bytes.length);
    return join(bytes.subarray(0, at), bytes.subarray(at + 1 + rng.int(32)));
  },
  repetition: (bytes, rng) => {
    const at = rng.int(bytes.length);
    const piece = bytes.subarray(at, at + 1 + rng.int(64));
    return join(
      bytes.subarray(0, at),
      ...Array<Uint8Array>(1 + rng.int(50)).fill(piece),
      bytes.subarray(at),
    );
  },
  "length attack": (bytes, rng) => {
    const lengths = lengthFields(bytes);
    const field = rng.pick(lengths);
    const value = rng.pick([
      0n,
      BigInt(field.value) + 1n,
      BigInt(Math.max(0, field.value - 1)),
      BigInt(bytes.length),
      2n ** 31n - 1n,
      2n ** 32n - 1n,
      2n ** 53n,
      2n ** 64n - 1n,
      BigInt(rng.int(2 ** 31)),
    ]);
    return join(bytes.subarray(0, field.at), varint(value), bytes.subarray(field.at + field.size));
  },
  // The value inside changes and every length around it is right again: reaches past the scan.
  "number attack": (bytes, rng) => {
    const numbers = varintFields(bytes);
    if (numbers.length === 0) return bytes;
    const field = rng.pick(numbers);
    const value = rng.pick([
      0n,
      1n,
      2n,
      2n ** 31n,
      2n ** 53n + 1n,
      2n ** 63n - 1n,
      2n ** 64n - 1n,
      BigInt(rng.int(100)),
    ]);
    return replaceWithin(bytes, field, varint(value));
  },
  // A field gets the content of another, or none: the wire format stays right, the meaning does not.
  "field surgery": (bytes, rng) => {
    const fields = lengthFields(bytes).filter((f) => f.at + f.size + f.value <= bytes.length);
    if (fields.length === 0) return bytes;
    const field = rng.pick(fields);
    const donor = rng.pick(fields);
    const content = bytes.subarray(donor.at, donor.at + donor.size + donor.value);
    return replaceWithin(bytes, field, rng.int(4) === 0 ? varint(0n) : content, field.value);
  },
  "deep nesting": (bytes, rng) => {
    // Graph within attribute within node within graph, and types within types.
    let inner: Uint8Array = bytes.subarray(0, rng.int(40));
    const fields = rng.pick([
      [7, 1, 5, 6],
      [7, 11, 2, 4, 1],
      [20, 1, 1, 5, 6],
    ]);
    for (let depth = 1 + rng.int(300); depth > 0; depth--)
      inner = join(
        varint(BigInt(fields[depth % fields.length]! * 8 + 2)),
        varint(BigInt(inner.length)),
        inner,
      );
    return join(bytes, inner);
  },
  noise: (bytes, rng) =>
    Uint8Array.from({ length: rng.int(Math.min(2000, bytes.length)) }, () => rng.int(256)),
};

/**
 * @param seed of the random streams: the same mutants for the same seeds and number
 * @param device where given, readable mutants are analysed, and predicted on it
 */
export function fuzz(
  seeds: readonly Seed[],
  files: number,
  seed: number,
  device?: Device,
): FuzzResult {
  const names = Object.keys(MUTATIONS);
  const byMutation = Object.fromEntries(names.map((n) => [n, { read: 0, refused: 0 }]));
  const defects: FuzzResult["defects"][number][] = [];
  let slowestMs = 0;
  let slowest = "";
  let maxRss = 0;
  let predicted = 0;
  for (let index = 0; index < files; index++) {
    const rng = stream(seed, "fuzz-onnx", index);
    const origin = rng.pick(seeds);
    const mutation = rng.pick(names);
    let bytes = MUTATIONS[mutation]!(origin.bytes, rng, seeds);
    // Some suffer twice.
    if (rng.int(4) === 0 && bytes.length > 0) bytes = MUTATIONS["bit flips"]!(bytes, rng, seeds);
    const start = performance.now();
    let error: unknown;
    try {
      const { graph } = readOnnx(bytes, { name: "mutant" });
      try {
        readOnnx(writeOnnx(graph), { name: "rewritten" });
      } catch (e) {
        if (!(e instanceof UserError && UNWRITABLE.test(e.message)))
          throw new Error(`read, but not written: ${describe(e)}`, { cause: e });
      }
      if (device !== undefined && follow(graph, device)) predicted++;
      byMutation[mutation]!.read++;
    } catch (e) {
      error = e;
    }
    const ms = performance.now() - start;
    if (ms > slowestMs) {
      slowestMs = ms;
      slowest = `${index}: ${mutation} of ${origin.name}`;
    }
    if (error !== undefined) {
      if (error instanceof UserError && error.hint !== undefined && error.message.length < 2000)
        byMutation[mutation]!.refused++;
      else
        defects.push({ index, mutation: `${mutation} of ${origin.name}`, error: describe(error) });
    }
    if (index % 64 === 0) maxRss = Math.max(maxRss, process.memoryUsage.rss());
  }
  const sum = (key: "read" | "refused") =>
    Object.values(byMutation).reduce((n, m) => n + m[key], 0);
  return {
    files,
    read: sum("read"),
    refused: sum("refused"),
    predicted,
    defects,
    byMutation,
    slowestMs: Math.round(slowestMs * 10) / 10,
    slowest,
    maxRssMb: Math.round(maxRss / 1e6),
  };
}

/**
 * Analyses and predicts; false where a `UserError` says why not.
 *
 * @throws Error for numbers that cannot be
 */
function follow(graph: Graph, device: Device): boolean {
  try {
    const analysis = analyze(graph);
    for (const n of analysis.nodes)
      checkNumbers(n.node.name, [n.macs, n.flops, n.params, n.bytesRead, n.bytesWritten]);
    for (const host of ["eager", "compiled"] as const) {
      const p = predict(analysis, { device, host });
      checkNumbers("prediction", [p.latencyMs, p.gpuMs, p.hostMs]);
      for (const k of p.kernels) {
        checkNumbers(k.name, [k.flops, k.dramBytes, k.timeUs, k.waves, k.blocks]);
        if (!(k.smUtilization > 0 && k.smUtilization <= 1))
          throw new Error(`${k.name}: utilisation ${k.smUtilization}`);
      }
    }
    return true;
  } catch (e) {
    if (e instanceof UserError && e.message.length < 2000) return false;
    throw new Error(`read, but not followed: ${describe(e)}`, { cause: e });
  }
}

function checkNumbers(where: string, values: readonly number[]): void {
  for (const x of values)
    if (!(Number.isFinite(x) && x >= 0)) throw new Error(`${where}: ${values.join(", ")}`);
}

function describe(e: unknown): string {
  return e instanceof Error ? `${e.name}: ${e.message}`.slice(0, 500) : String(e);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

function varint(value: bigint): Uint8Array {
  const out: number[] = [];
  let rest = value;
  while (rest > 0x7fn) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Uint8Array.from(out);
}

interface Field {
  /** Where the varint starts, and its bytes. */
  readonly at: number;
  readonly size: number;
  readonly value: number;
  /** Length prefixes of the messages around it, outermost first. */
  readonly around: readonly Field[];
}

function lengthFields(bytes: Uint8Array): readonly Field[] {
  return walk(bytes).lengths;
}

function varintFields(bytes: Uint8Array): readonly Field[] {
  return walk(bytes).numbers;
}

/** Fields of a message without its schema: a length-delimited field that parses is taken for one. */
function walk(bytes: Uint8Array): {
  readonly lengths: readonly Field[];
  readonly numbers: readonly Field[];
} {
  const lengths: Field[] = [];
  const numbers: Field[] = [];
  const read = (at: number, end: number) => {
    let value = 0;
    for (let i = 0; i < 8 && at + i < end; i++) {
      value += (bytes[at + i]! & 0x7f) * 128 ** i;
      if (bytes[at + i]! < 0x80) return { value, size: i + 1 };
    }
    return undefined;
  };
  const visit = (start: number, end: number, around: readonly Field[]): boolean => {
    const marks = [lengths.length, numbers.length] as const;
    const fail = () => {
      lengths.length = marks[0];
      numbers.length = marks[1];
      return false;
    };
    for (let at = start; at < end; ) {
      const tag = read(at, end);
      if (tag === undefined || tag.value < 8) return fail();
      at += tag.size;
      const wire = tag.value % 8;
      if (wire === 5) at += 4;
      else if (wire === 1) at += 8;
      else if (wire === 0 || wire === 2) {
        const number = read(at, end);
        if (number === undefined) return fail();
        const field = { at, ...number, around };
        at += number.size;
        if (wire === 0) numbers.push(field);
        else {
          lengths.push(field);
          if (number.value > end - at) return fail();
          if (number.value < 100_000) visit(at, at + number.value, [...around, field]);
          at += number.value;
        }
      } else return fail();
      if (at > end) return fail();
    }
    return true;
  };
  visit(0, bytes.length, []);
  return { lengths, numbers };
}

/** Puts other bytes in place of a field's number, or of its length and content, and corrects all lengths. */
function replaceWithin(bytes: Uint8Array, field: Field, by: Uint8Array, content = 0): Uint8Array {
  const end = field.at + field.size + content;
  let growth = by.length - (end - field.at);
  let out = join(bytes.subarray(0, field.at), by, bytes.subarray(end));
  for (const length of field.around.toReversed()) {
    const replaced = varint(BigInt(Math.max(0, length.value + growth)));
    out = join(out.subarray(0, length.at), replaced, out.subarray(length.at + length.size));
    growth += replaced.length - length.size;
  }
  return out;
}
