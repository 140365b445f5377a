/**
 * Trials as bytes. A block is one SQLite blob:
 *
 * | bytes | what |
 * |---|---|
 * | 4 | `TMB1` |
 * | 4 | CRC-32 of all that follows (SQLite has no checksum of its own) |
 * | 4 | length of the header |
 * | … | header, JSON: count, errors, columns with name, role, type and labels |
 * | … | the states, then each column, each padded to 8 bytes |
 *
 * Little-endian. Integers and labels take the narrowest type that holds the column; the lowest
 * value of a signed type, and the highest of an unsigned one, stand for "none".
 */
import { crc32 } from "node:zlib";
import { UserError } from "../../base/errors.ts";
import type { Column, Scalar, TrialBlock } from "../block.ts";

const MAGIC = 0x31424d54; // "TMB1"
const PREFIX = 12;

type ColumnType = "f8" | "i1" | "i2" | "i4" | "l1" | "l2" | "l4";
type ColumnHead = readonly [
  name: string,
  role: "d" | "v",
  type: ColumnType,
  labels?: readonly Scalar[],
];
interface Header {
  readonly n: number;
  readonly e: readonly (readonly [row: number, why: string])[];
  readonly c: readonly ColumnHead[];
}

const ARRAYS = {
  f8: Float64Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  l1: Uint8Array,
  l2: Uint16Array,
  l4: Uint32Array,
} as const;
const NONE = {
  i1: -(2 ** 7),
  i2: -(2 ** 15),
  i4: -(2 ** 31),
  l1: 0xff,
  l2: 0xffff,
  l4: 0xffffffff,
};

const pad8 = (n: number) => (n + 7) & ~7;

export function encodeBlock(block: TrialBlock): Buffer {
  const columns = [
    ...block.design.map((column) => packed(column, "d")),
    ...block.values.map((column) => packed(column, "v")),
  ];
  const header: Header = { n: block.count, e: [...block.errors], c: columns.map((c) => c.head) };
  const json = Buffer.from(JSON.stringify(header));
  const start = pad8(PREFIX + json.length);
  const body = columns.reduce((n, c) => n + pad8(c.data.byteLength), pad8(block.count));
  const out = Buffer.alloc(start + body);
  out.writeUInt32LE(MAGIC, 0);
  out.writeUInt32LE(json.length, 8);
  json.copy(out, PREFIX);
  out.set(block.states, start);
  let at = start + pad8(block.count);
  for (const { data } of columns) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += pad8(data.byteLength);
  }
  out.writeUInt32LE(crc32(out.subarray(8)), 4);
  return out;
}

/** @throws UserError where the bytes are not a whole block: the store is damaged */
export function decodeBlock(blob: Uint8Array): TrialBlock {
  // The columns are read in place, and typed arrays need aligned bytes of their own.
  const bytes = new Uint8Array(blob);
  const view = new DataView(bytes.buffer);
  const damaged = (why: string) =>
    new UserError(`the store is damaged: ${why}`, { hint: "restore it from a copy" });
  if (bytes.length < PREFIX) throw damaged(`a block of trials has ${bytes.length} bytes`);
  const magic = view.getUint32(0, true);
  if (magic !== MAGIC) throw damaged(`a block of trials begins with 0x${magic.toString(16)}`);
  const expected = view.getUint32(4, true);
  const found = crc32(bytes.subarray(8));
  if (found !== expected)
    throw damaged(`a block of trials has checksum ${found}, expected ${expected}`);
  const length = view.getUint32(8, true);
  const text = new TextDecoder().decode(bytes.subarray(PREFIX, PREFIX + length));
  const header = JSON.parse(text) as Header;
  let at = pad8(PREFIX + length);
  const states = bytes.slice(at, at + header.n);
  at += pad8(header.n);
  const design: Column[] = [];
  const values: TrialBlock["values"][number][] = [];
  for (const head of header.c) {
    const type = ARRAYS[head[2]];
    const data = new type(bytes.buffer, at, header.n);
    at += pad8(data.byteLength);
    const column = unpacked(head, data);
    if (head[1] === "d") design.push(column);
    else if (column.kind === "number") values.push(column);
    else throw damaged(`value ${column.name} is not a number`);
  }
  return { count: header.n, states, design, values, errors: new Map(header.e) };
}

type Packed =
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

function packed(column: Column, role: "d" | "v"): { head: ColumnHead; data: Packed } {
  if (column.kind === "label") {
    const n = column.labels.length;
    const type = n < NONE.l1 ? "l1" : n < NONE.l2 ? "l2" : "l4";
    const none = NONE[type];
    const data = new ARRAYS[type](column.data.length);
    for (let i = 0; i < data.length; i++) data[i] = column.data[i]! < 0 ? none : column.data[i]!;
    return { head: [column.name, role, type, column.labels], data };
  }
  const type = numberType(column.data);
  if (type === "f8") return { head: [column.name, role, type], data: column.data };
  const none = NONE[type];
  const data = new ARRAYS[type](column.data.length);
  for (let i = 0; i < data.length; i++)
    data[i] = Number.isNaN(column.data[i]!) ? none : column.data[i]!;
  return { head: [column.name, role, type], data };
}

function numberType(data: Float64Array): "f8" | "i1" | "i2" | "i4" {
  let largest = 0;
  for (const x of data) {
    if (Number.isNaN(x)) continue;
    if (!Number.isInteger(x) || Object.is(x, -0)) return "f8";
    largest = Math.max(largest, Math.abs(x));
  }
  if (largest < 2 ** 7) return "i1";
  if (largest < 2 ** 15) return "i2";
  return largest < 2 ** 31 ? "i4" : "f8";
}

function unpacked(head: ColumnHead, packed: Packed): Column {
  const [name, , type, labels] = head;
  if (type === "f8") return { kind: "number", name, data: packed as Float64Array };
  const none = NONE[type];
  if (labels) {
    const data = Int32Array.from(packed, (i) => (i === none ? -1 : i));
    return { kind: "label", name, labels, data };
  }
  const data = Float64Array.from(packed, (x) => (x === none ? Number.NaN : x));
  return { kind: "number", name, data };
}
