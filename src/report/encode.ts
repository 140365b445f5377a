/**
 * Columns of numbers and labels as compact JSON: a dictionary and base64 codes, or base64 float64,
 * whichever is shorter. Nothing is rounded. Runs in Node and in the page.
 */
import { invariant } from "../base/errors.ts";

export type Scalar = number | string | boolean;

/** Numbers, NaN where a row has none; or labels by index, -1 where a row has none. */
export type DataColumn =
  | { readonly kind: "number"; readonly name: string; readonly data: Float64Array }
  | {
      readonly kind: "label";
      readonly name: string;
      readonly labels: readonly Scalar[];
      readonly data: Int32Array;
    };

export type EncodedColumn =
  | { readonly name: string; readonly kind: "number"; readonly f64: string }
  | {
      readonly name: string;
      readonly kind: "number" | "label";
      readonly dictionary: readonly Scalar[];
      /** Bytes of a code; 0: every row has the dictionary's only entry. Code 0 stands for none. */
      readonly width: 0 | 1 | 2 | 4;
      readonly codes: string;
    };

export function encodeColumn(column: DataColumn): EncodedColumn {
  if (column.kind === "label") return encodeCodes(column.name, "label", column.labels, column.data);
  const index = new Map<number, number>();
  const codes = Int32Array.from(column.data, (x) => {
    // JSON has no infinities; a column that holds one takes the binary form.
    if (Number.isNaN(x)) return -1;
    let at = index.get(x);
    if (at === undefined) {
      at = index.size;
      index.set(x, at);
    }
    return at;
  });
  const values = [...index.keys()];
  const binary: EncodedColumn = {
    name: column.name,
    kind: "number",
    f64: toBase64(littleEndian(column.data)),
  };
  // Map keys treat -0 as 0.
  if (values.some((x) => !Number.isFinite(x)) || column.data.some((x) => Object.is(x, -0)))
    return binary;
  const coded = encodeCodes(column.name, "number", values, codes);
  return JSON.stringify(coded).length < JSON.stringify(binary).length ? coded : binary;
}

function encodeCodes(
  name: string,
  kind: "number" | "label",
  dictionary: readonly Scalar[],
  codes: Int32Array,
): EncodedColumn {
  if (dictionary.length === 1 && codes.every((c) => c === 0))
    return { name, kind, dictionary, width: 0, codes: "" };
  const width = dictionary.length < 255 ? 1 : dictionary.length < 65_535 ? 2 : 4;
  const bytes = new Uint8Array(codes.length * width);
  const view = new DataView(bytes.buffer);
  codes.forEach((c, i) => {
    if (width === 1) bytes[i] = c + 1;
    else if (width === 2) view.setUint16(2 * i, c + 1, true);
    else view.setUint32(4 * i, c + 1, true);
  });
  return { name, kind, dictionary, width, codes: toBase64(bytes) };
}

export function decodeColumn(column: EncodedColumn, count: number): DataColumn {
  const name = column.name;
  if ("f64" in column) {
    const bytes = fromBase64(column.f64);
    invariant(bytes.length === 8 * count, `column ${name} has ${bytes.length} bytes`);
    const view = new DataView(bytes.buffer);
    const data = Float64Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, true));
    return { kind: "number", name, data };
  }
  const codes = decodeCodes(column.codes, column.width, count, name);
  if (column.kind === "label")
    return { kind: "label", name, labels: column.dictionary, data: codes };
  const data = Float64Array.from(codes, (c) => (c < 0 ? Number.NaN : Number(column.dictionary[c])));
  return { kind: "number", name, data };
}

function decodeCodes(text: string, width: number, count: number, name: string): Int32Array {
  const codes = new Int32Array(count);
  if (width === 0) return codes;
  const bytes = fromBase64(text);
  invariant(bytes.length === width * count, `column ${name} has ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) {
    const code =
      width === 1
        ? bytes[i]!
        : width === 2
          ? view.getUint16(2 * i, true)
          : view.getUint32(4 * i, true);
    codes[i] = code - 1;
  }
  return codes;
}

/** The scalar in row `i`; undefined where there is none. */
export function cellOf(column: DataColumn, i: number): Scalar | undefined {
  if (column.kind === "label") return column.labels[column.data[i]!];
  const x = column.data[i]!;
  return Number.isNaN(x) ? undefined : x;
}

function littleEndian(data: Float64Array): Uint8Array {
  const bytes = new Uint8Array(8 * data.length);
  const view = new DataView(bytes.buffer);
  data.forEach((x, i) => {
    view.setFloat64(8 * i, x, true);
  });
  return bytes;
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  // Argument lists have a limit.
  for (let i = 0; i < bytes.length; i += 0x8000)
    text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}
