/** Where two studies' files differ. */
import type { Json } from "../../../../src/base/json.ts";

export interface Difference {
  /** `search.population`, `objectives[latency_ms].device` */
  readonly path: string;
  /** undefined: it is not there. */
  readonly a: Json | undefined;
  readonly b: Json | undefined;
}

/** Entries of a list that have names are found by them: one more at its head moves no other. */
function keysOf(value: Json): Map<string, Json> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const names = value.map((entry: Json) =>
    typeof entry === "object" && entry !== null && !Array.isArray(entry)
      ? (entry as { readonly name?: Json }).name
      : undefined,
  );
  const named =
    names.length > 0 &&
    names.every((name) => typeof name === "string") &&
    new Set(names).size === names.length;
  // A list of plain values is one value.
  if (!named && value.every((entry: Json) => typeof entry !== "object" || entry === null))
    return undefined;
  return new Map(
    value.map((entry: Json, i) => [named ? `[${String(names[i])}]` : `[${i}]`, entry]),
  );
}

const joined = (path: string, key: string) =>
  key.startsWith("[") || path === "" ? `${path}${key}` : `${path}.${key}`;

/** In the order of `a`, then what only `b` has. Equal parts are left out. */
export function differences(a: Json | undefined, b: Json | undefined, path = ""): Difference[] {
  if (JSON.stringify(a) === JSON.stringify(b)) return [];
  const [inA, inB] = [a, b].map((side) => (side === undefined ? undefined : keysOf(side)));
  const sameKind = Array.isArray(a) === Array.isArray(b);
  if (inA === undefined || inB === undefined || !sameKind) return [{ path, a, b }];
  const keys = new Set([...inA.keys(), ...inB.keys()]);
  return [...keys].flatMap((key) => differences(inA.get(key), inB.get(key), joined(path, key)));
}

/** A value as its fields, those of records within it by their path; what is plain is one, without a name. */
export function fieldsOf(value: Json, path = ""): [string, string][] {
  const inner = keysOf(value);
  if (inner === undefined || inner.size === 0)
    return [[path, Array.isArray(value) ? value.map(plain).join(", ") : plain(value)]];
  return [...inner].flatMap(([key, field]) => fieldsOf(field, joined(path, key)));
}

const plain = (value: Json): string =>
  typeof value === "object" ? JSON.stringify(value) : String(value);
