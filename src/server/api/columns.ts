/**
 * Trials by column as bytes, for both ends of the wire. Little-endian:
 *
 * | bytes | what |
 * |---|---|
 * | 4 | `TMC1` |
 * | 4 | length of the header |
 * | … | header, JSON: first trial, count, errors, columns with name, role, kind and labels; padded to 8 |
 * | … | the states (uint8), then each column (float64, or int32 for labels), each padded to 8 |
 */
import type { Column, TrialBlock } from "../../study/block.ts";

const MAGIC = 0x31434d54;
const PREFIX = 8;

interface Header {
  readonly first: number;
  readonly count: number;
  readonly errors: readonly (readonly [row: number, why: string])[];
  readonly columns: readonly {
    readonly name: string;
    readonly role: "design" | "value";
    /** Of a column of labels; absent where it holds numbers. */
    readonly labels?: readonly (number | string | boolean)[];
  }[];
}

/** Trials `first`, `first + 1`, … of a study. */
export interface TrialPage extends TrialBlock {
  readonly first: number;
}

const pad8 = (n: number) => (n + 7) & ~7;

export function encodePage(page: TrialPage): Uint8Array<ArrayBuffer> {
  const columns = [...page.design, ...page.values];
  const header: Header = {
    first: page.first,
    count: page.count,
    errors: [...page.errors],
    columns: columns.map((column, i) => ({
      name: column.name,
      role: i < page.design.length ? "design" : "value",
      ...(column.kind === "label" && { labels: column.labels }),
    })),
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const body = pad8(PREFIX + json.length);
  const arrays = [page.states, ...columns.map((column) => column.data)];
  const out = new Uint8Array(arrays.reduce((n, a) => n + pad8(a.byteLength), body));
  const view = new DataView(out.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, json.length, true);
  out.set(json, PREFIX);
  let at = body;
  for (const array of arrays) {
    out.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += pad8(array.byteLength);
  }
  return out;
}

/** @throws Error where the bytes are not a whole page */
export function decodePage(bytes: ArrayBuffer): TrialPage {
  const view = new DataView(bytes);
  const damaged = (why: string) => new Error(`the server's trials cannot be read: ${why}`);
  if (bytes.byteLength < PREFIX || view.getUint32(0, true) !== MAGIC)
    throw damaged(`${bytes.byteLength} bytes that do not begin with TMC1`);
  const length = view.getUint32(4, true);
  if (PREFIX + length > bytes.byteLength) throw damaged(`a header of ${length} bytes is cut off`);
  const text = new TextDecoder().decode(new Uint8Array(bytes, PREFIX, length));
  const { first, count, errors, columns } = JSON.parse(text) as Header;
  let at = pad8(PREFIX + length);
  const take = (width: number) => {
    const from = at;
    at += pad8(width * count);
    if (at > bytes.byteLength) throw damaged(`${bytes.byteLength} bytes for ${count} trials`);
    return from;
  };
  const states = new Uint8Array(bytes, take(1), count);
  const design: Column[] = [];
  const values: TrialBlock["values"][number][] = [];
  for (const { name, role, labels } of columns) {
    if (labels !== undefined) {
      design.push({ kind: "label", name, labels, data: new Int32Array(bytes, take(4), count) });
      continue;
    }
    const column = { kind: "number", name, data: new Float64Array(bytes, take(8), count) } as const;
    if (role === "design") design.push(column);
    else values.push(column);
  }
  return { first, count, states, design, values, errors: new Map(errors) };
}
