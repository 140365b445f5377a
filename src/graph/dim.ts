/**
 * Arithmetic on `Dim`. Numbers stay numbers; anything else is kept as a canonical expression
 * (see dim-poly.ts), so that two equal expressions are equal strings: `floor((height + 1)/2)`.
 *
 * A free symbol stands for a size of at least 1.
 */
import { parseDim } from "./dim-parse.ts";
import {
  addPoly,
  boundsOfPoly,
  collectSymbols,
  constantOf,
  constantPoly,
  floorDivPoly,
  maxPoly,
  minPoly,
  mulPoly,
  type Poly,
  polyText,
  subPoly,
  substitutePoly,
  symbolPoly,
} from "./dim-poly.ts";
import type { Dim, Shape } from "./types.ts";

/** Expressions that were read already; a file repeats the same few thousands of times. */
const parsed = new Map<string, Poly>();
const MAX_REMEMBERED = 4096;

function poly(d: Dim): Poly {
  if (typeof d === "number") return constantPoly(d);
  let p = parsed.get(d);
  if (p === undefined) {
    p = parseDim(d) ?? symbolPoly(quoted(d));
    remember(d, p);
  }
  return p;
}

function remember(text: string, p: Poly): void {
  if (parsed.size >= MAX_REMEMBERED) parsed.clear();
  parsed.set(text, p);
}

/** Names that are no expression (`batch size`, `a/b`) are kept whole, between backquotes. */
function quoted(name: string): string {
  return `\`${name.replaceAll("`", "'")}\``;
}

function dim(p: Poly): Dim {
  const value = constantOf(p);
  if (value !== undefined) return value;
  const text = polyText(p);
  remember(text, p);
  return text;
}

/** The canonical form of a dimension as a file or a person writes it. */
export function canonicalDim(raw: Dim): Dim {
  return typeof raw === "number" ? raw : dim(poly(raw));
}

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  return dim(addPoly(poly(a), poly(b)));
}

export function subDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return dim(subPoly(poly(a), poly(b)));
}

export function mulDims(a: Dim, b: Dim): Dim {
  // Adding 0 turns -0 into 0.
  if (typeof a === "number" && typeof b === "number") return a * b + 0;
  return dim(mulPoly(poly(a), poly(b)));
}

/** floor(a / b). `b` is not 0. */
export function floorDiv(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return Math.floor(a / b) + 0;
  if (b === 1 && typeof a === "string") return dim(floorDivPoly(poly(a), constantPoly(1)));
  return dim(floorDivPoly(poly(a), poly(b)));
}

/** ceil(a / b) for whole numbers. `b` is not 0. */
export function ceilDiv(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return Math.ceil(a / b) + 0;
  return floorDiv(addDims(a, subDims(b, 1)), b);
}

/** a - b * floor(a / b): the sign of the divisor, as in Python. */
export function modDims(a: Dim, b: Dim): Dim {
  return subDims(a, mulDims(b, floorDiv(a, b)));
}

export function minDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return Math.min(a, b);
  return a === b ? a : dim(minPoly(poly(a), poly(b)));
}

export function maxDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return Math.max(a, b);
  return a === b ? a : dim(maxPoly(poly(a), poly(b)));
}

/** Smallest and largest value that `d` can take. */
export function dimBounds(d: Dim): readonly [number, number] {
  return typeof d === "number" ? [d, d] : boundsOfPoly(poly(d));
}

/** Whether no numbers for the symbols can make `a` and `b` equal. */
export function neverEqual(a: Dim, b: Dim): boolean {
  if (typeof a === "number" && typeof b === "number") return a !== b;
  if (a === b) return false;
  const [low, high] = boundsOfPoly(subPoly(poly(a), poly(b)));
  return low > 0 || high < 0;
}

/** `d` with numbers (or other dimensions) in the place of symbols. */
export function bindDim(d: Dim, values: Readonly<Record<string, Dim>>): Dim {
  if (typeof d === "number") return d;
  if (Object.hasOwn(values, d)) return values[d]!;
  return dim(
    substitutePoly(poly(d), (name) =>
      Object.hasOwn(values, name) ? poly(values[name]!) : undefined,
    ),
  );
}

export function bindShape(shape: Shape, values: Readonly<Record<string, Dim>>): Shape {
  return shape.every((d) => typeof d === "number") ? shape : shape.map((d) => bindDim(d, values));
}

/** Free symbols of a dimension, in alphabetical order. */
export function symbolsOf(d: Dim): readonly string[] {
  if (typeof d === "number") return [];
  const names = new Set<string>();
  collectSymbols(poly(d), names);
  return [...names].sort();
}

/** Elements of a shape; 1 for a scalar. */
export function elementsOf(shape: Shape): Dim {
  let out: Dim = 1;
  for (const d of shape) out = mulDims(out, d);
  return out;
}

export function isStatic(shape: Shape): shape is readonly number[] {
  for (const d of shape) if (typeof d !== "number") return false;
  return true;
}
