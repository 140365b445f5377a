/**
 * Arithmetic on dimensions: numbers, or expressions over free symbols in one canonical text, so
 * that equal expressions are equal strings.
 *
 * An expression is a polynomial whose atoms are symbols, floored quotients, minima and maxima.
 * A symbol stands for a dimension and is at least 1; `min`, `max` and clamping rely on that.
 * Coefficients are doubles: exact for integers and for the dyadic scales (0.5, 2, ...) of Resize.
 */
import { UserError } from "../base/errors.ts";

type Atom =
  | { readonly kind: "symbol"; readonly text: string; readonly depth: 0 }
  | {
      readonly kind: "floor";
      readonly text: string;
      /** Quotients and extrema inside one another, this one included. */
      readonly depth: number;
      readonly num: Poly;
      readonly den: Poly;
    }
  | {
      readonly kind: "min" | "max";
      readonly text: string;
      readonly depth: number;
      readonly args: readonly Poly[];
    };

/** `coef` times the product of `atoms` (sorted by text, repeated for powers). */
interface Term {
  readonly coef: number;
  readonly atoms: readonly Atom[];
  /** Text of the product; "" for the constant. */
  readonly key: string;
}

/** Sum of terms with distinct keys and non-zero coefficients, sorted by key, the constant last. */
export type Poly = readonly Term[];

/** What a hostile file could otherwise blow up: terms, factors in one, characters of the text. */
const MAX_TERMS = 256;
const MAX_FACTORS = 32;
const MAX_DEPTH = 16;
const MAX_TEXT = 4096;

const constant = (value: number): Poly =>
  value === 0 ? [] : [{ coef: value, atoms: [], key: "" }];
const atomPoly = (atom: Atom): Poly => [{ coef: 1, atoms: [atom], key: atom.text }];
export const symbolPoly = (name: string): Poly =>
  atomPoly({ kind: "symbol", text: name, depth: 0 });

export function constantOf(p: Poly): number | undefined {
  if (p.length === 0) return 0;
  return p.length === 1 && p[0]!.key === "" ? p[0]!.coef : undefined;
}

function byKey(a: Term, b: Term): number {
  if (a.key === b.key) return 0;
  if (a.key === "") return 1;
  if (b.key === "") return -1;
  return a.key < b.key ? -1 : 1;
}

function collect(terms: Iterable<Term>): Poly {
  const sums = new Map<string, Term>();
  for (const t of terms) {
    const seen = sums.get(t.key);
    sums.set(t.key, seen ? { ...t, coef: seen.coef + t.coef } : t);
  }
  const out = [...sums.values()].filter((t) => t.coef !== 0);
  if (out.length > MAX_TERMS) throw tooLarge(`${out.length} terms`);
  return out.sort(byKey);
}

function tooLarge(what: string): UserError {
  return new UserError(
    `a dimension's expression grows to ${what}; at most ${MAX_TERMS} terms, ${MAX_FACTORS} factors and ${MAX_TEXT} characters are followed`,
    { hint: "give the free dimensions numbers" },
  );
}

export const addPoly = (a: Poly, b: Poly): Poly => collect([...a, ...b]);
const scale = (a: Poly, by: number): Poly =>
  by === 0 ? [] : a.map((t) => ({ ...t, coef: t.coef * by }));
export const subPoly = (a: Poly, b: Poly): Poly => addPoly(a, scale(b, -1));

function productKey(atoms: readonly Atom[]): string {
  if (atoms.length > MAX_FACTORS) throw tooLarge(`a product of ${atoms.length} factors`);
  let key = "";
  for (let i = 0; i < atoms.length; ) {
    let j = i;
    while (j < atoms.length && atoms[j]!.text === atoms[i]!.text) j++;
    key += `${key && "*"}${atoms[i]!.text}${j - i > 1 ? `^${j - i}` : ""}`;
    i = j;
  }
  if (key.length > MAX_TEXT) throw tooLarge(`${key.length} characters`);
  return key;
}

const byText = (a: Atom, b: Atom) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0);

export function mulPoly(a: Poly, b: Poly): Poly {
  if (a.length * b.length > MAX_TERMS * 16) throw tooLarge(`${a.length * b.length} terms`);
  const out: Term[] = [];
  for (const x of a) {
    for (const y of b) {
      const atoms =
        x.atoms.length === 0
          ? y.atoms
          : y.atoms.length === 0
            ? x.atoms
            : [...x.atoms, ...y.atoms].sort(byText);
      out.push({ coef: x.coef * y.coef, atoms, key: productKey(atoms) });
    }
  }
  return collect(out);
}

/** Smallest and largest value that `p` can take, symbols being at least 1. */
function bounds(p: Poly): readonly [number, number] {
  let low = 0;
  let high = 0;
  for (const t of p) {
    let lo = 1;
    let hi = 1;
    for (const atom of t.atoms) {
      const [l, h] = atomBounds(atom);
      const ends = [lo * l, lo * h, hi * l, hi * h].map((x) => (Number.isNaN(x) ? 0 : x));
      lo = Math.min(...ends);
      hi = Math.max(...ends);
    }
    low += t.coef * (t.coef > 0 ? lo : hi);
    high += t.coef * (t.coef > 0 ? hi : lo);
  }
  return [low, high];
}

function atomBounds(atom: Atom): readonly [number, number] {
  switch (atom.kind) {
    case "symbol":
      return [1, Number.POSITIVE_INFINITY];
    case "floor": {
      const [nl, nh] = bounds(atom.num);
      const [dl, dh] = bounds(atom.den);
      if (dl <= 0) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      const low = nl >= 0 ? Math.floor(nl / dh) : Math.floor(nl / dl);
      const high = nh >= 0 ? Math.floor(nh / dl) : Math.floor(nh / dh);
      return [Number.isNaN(low) ? 0 : low, Number.isNaN(high) ? 0 : high];
    }
    case "min": {
      const b = atom.args.map(bounds);
      return [Math.min(...b.map((x) => x[0])), Math.min(...b.map((x) => x[1]))];
    }
    case "max": {
      const b = atom.args.map(bounds);
      return [Math.max(...b.map((x) => x[0])), Math.max(...b.map((x) => x[1]))];
    }
  }
}

function gcd(a: number, b: number): number {
  let x = Math.abs(a);
  let y = Math.abs(b);
  while (y) [x, y] = [y, x % y];
  return x;
}

/** Quotient of `a` and `b` where `b` divides it with integer coefficients. */
function exactQuotient(a: Poly, b: Poly): Poly | undefined {
  const lead = b[0]!;
  let rest = a;
  let quotient: Poly = [];
  for (let step = 0; rest.length > 0; step++) {
    if (step > MAX_TERMS) return undefined;
    const t = rest.find((r) => r.coef % lead.coef === 0 && without(r.atoms, lead.atoms));
    if (!t) return undefined;
    const atoms = without(t.atoms, lead.atoms)!;
    const q: Poly = [{ coef: t.coef / lead.coef, atoms, key: productKey(atoms) }];
    quotient = addPoly(quotient, q);
    rest = subPoly(rest, mulPoly(q, b));
  }
  return quotient;
}

/** Multiset difference, undefined where `b` is not contained in `a`. */
function without(a: readonly Atom[], b: readonly Atom[]): readonly Atom[] | undefined {
  const out = [...a];
  for (const atom of b) {
    const i = out.findIndex((x) => x.text === atom.text);
    if (i < 0) return undefined;
    out.splice(i, 1);
  }
  return out;
}

function depthAbove(inner: readonly Poly[]): number {
  let depth = 1;
  for (const p of inner)
    for (const t of p) for (const a of t.atoms) depth = Math.max(depth, a.depth + 1);
  if (depth > MAX_DEPTH) throw tooLarge(`quotients nested ${depth} deep`);
  return depth;
}

function floorAtom(num: Poly, den: Poly): Poly {
  const d = constantOf(den);
  if (d === 1 && num.every((t) => Number.isInteger(t.coef))) return num;
  const top = num.length > 1 ? `(${polyText(num)})` : polyText(num);
  const bottom =
    den.length === 1 && (d !== undefined || (den[0]!.coef === 1 && den[0]!.atoms.length === 1))
      ? polyText(den)
      : `(${polyText(den)})`;
  const text = d === 1 ? `floor(${polyText(num)})` : `floor(${top}/${bottom})`;
  if (text.length > MAX_TEXT) throw tooLarge(`${text.length} characters`);
  return atomPoly({ kind: "floor", text, num, den, depth: depthAbove([num, den]) });
}

/** floor(num / den); `den` must not be zero. */
export function floorDivPoly(num: Poly, den: Poly): Poly {
  const d = constantOf(den);
  if (d === undefined) return symbolicFloor(num, den);
  if (d < 0) return floorDivPoly(scale(num, -1), constant(-d));
  const value = constantOf(num);
  if (value !== undefined) return constant(Math.floor(value / d));
  if (!num.every((t) => Number.isInteger(t.coef)) || !Number.isInteger(d)) {
    for (let k = 1; k <= 20; k++) {
      const s = 2 ** k;
      if (Number.isInteger(d * s) && num.every((t) => Number.isInteger(t.coef * s)))
        return floorDivPoly(scale(num, s), constant(d * s));
    }
    return floorAtom(num, den);
  }
  // Whole multiples of d leave the floor; what stays has coefficients in [0, d).
  const whole: Term[] = [];
  const rest: Term[] = [];
  for (const t of num) {
    const q = Math.floor(t.coef / d);
    if (q !== 0) whole.push({ ...t, coef: q });
    if (t.coef !== q * d) rest.push({ ...t, coef: t.coef - q * d });
  }
  if (rest.every((t) => t.key === "")) return whole;
  return addPoly(whole, reducedFloor(rest, d));
}

/** floor(rest / d) for coefficients in [0, d): common factors cancelled, nested floors merged. */
function reducedFloor(rest: Poly, d: number): Poly {
  const free = rest.filter((t) => t.key !== "");
  const offset = rest.find((t) => t.key === "")?.coef ?? 0;
  const g = free.reduce((acc, t) => gcd(acc, t.coef), d);
  const den = d / g;
  const c = Math.floor(offset / g);
  const inner = free.length === 1 && free[0]!.coef === g ? free[0]!.atoms : [];
  if (inner.length === 1 && inner[0]!.kind === "floor") {
    const b = constantOf(inner[0]!.den);
    // floor((floor(a / b) + c) / d) = floor((a + b c) / (b d))
    if (b !== undefined && b > 0)
      return floorDivPoly(addPoly(inner[0]!.num, constant(b * c)), constant(b * den));
  }
  return floorAtom(addPoly(scale(free, 1 / g), constant(c)), constant(den));
}

function symbolicFloor(num: Poly, den: Poly): Poly {
  if (num.length === 0) return [];
  const exact = exactQuotient(num, den);
  if (exact) return exact;
  if (den.length === 1) {
    const whole = num.filter((t) => exactQuotient([t], den));
    if (whole.length > 0) {
      const rest = num.filter((t) => !whole.includes(t));
      return addPoly(exactQuotient(whole, den)!, symbolicFloor(rest, den));
    }
  }
  const [low, high] = bounds(num);
  const [dLow] = bounds(den);
  if (low >= 0 && high < dLow) return [];
  const common = commonFactor([...num, ...den]);
  if (common === undefined) return floorAtom(num, den);
  return floorDivPoly(exactQuotient(num, common)!, exactQuotient(den, common)!);
}

/** The largest single term that divides all of `terms`; undefined where that is 1. */
function commonFactor(terms: readonly Term[]): Poly | undefined {
  let atoms: readonly Atom[] = terms[0]!.atoms;
  let coef = 0;
  for (const t of terms) {
    coef = gcd(coef, t.coef);
    atoms = shared(atoms, t.atoms);
  }
  if (!terms.every((t) => Number.isInteger(t.coef))) coef = 1;
  return coef === 1 && atoms.length === 0 ? undefined : [{ coef, atoms, key: productKey(atoms) }];
}

/** Multiset intersection. */
function shared(a: readonly Atom[], b: readonly Atom[]): readonly Atom[] {
  const left = [...b];
  return a.filter((x) => {
    const i = left.findIndex((y) => y.text === x.text);
    if (i >= 0) left.splice(i, 1);
    return i >= 0;
  });
}

function extremum(kind: "min" | "max", args: readonly Poly[]): Poly {
  const flat = args.flatMap((p) => {
    const only = p.length === 1 && p[0]!.coef === 1 ? p[0]!.atoms : [];
    return only.length === 1 && only[0]!.kind === kind ? only[0]!.args : [p];
  });
  const kept: Poly[] = [];
  for (const p of flat) {
    if (kept.some((k) => dominates(kind, k, p))) continue;
    for (let i = kept.length - 1; i >= 0; i--) if (dominates(kind, p, kept[i]!)) kept.splice(i, 1);
    kept.push(p);
  }
  if (kept.length === 1) return kept[0]!;
  const named = kept
    .map((p) => ({ p, text: polyText(p) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1));
  const text = `${kind}(${named.map((n) => n.text).join(", ")})`;
  if (text.length > MAX_TEXT) throw tooLarge(`${text.length} characters`);
  return atomPoly({ kind, text, args: named.map((n) => n.p), depth: depthAbove(kept) });
}

/** Whether `a` is never worse than `b` as the result. */
function dominates(kind: "min" | "max", a: Poly, b: Poly): boolean {
  // max(a, min(a, c)) = a
  const only = b.length === 1 && b[0]!.coef === 1 && b[0]!.atoms.length === 1 && b[0]!.atoms[0]!;
  if (only && only.kind === (kind === "max" ? "min" : "max")) {
    const text = polyText(a);
    if (only.args.some((x) => polyText(x) === text)) return true;
  }
  const [low, high] = bounds(subPoly(a, b));
  return kind === "max" ? low >= 0 : high <= 0;
}

export const minPoly = (a: Poly, b: Poly): Poly => extremum("min", [a, b]);
export const maxPoly = (a: Poly, b: Poly): Poly => extremum("max", [a, b]);

export function polyText(p: Poly): string {
  if (p.length === 0) return "0";
  let out = "";
  for (const t of p) {
    const size = Math.abs(t.coef);
    const body = t.key === "" ? `${size}` : size === 1 ? t.key : `${size}*${t.key}`;
    if (out === "") out = t.coef < 0 ? `-${body}` : body;
    else out += t.coef < 0 ? ` - ${body}` : ` + ${body}`;
  }
  if (out.length > MAX_TEXT) throw tooLarge(`${out.length} characters`);
  return out;
}

/** `p` with symbols replaced. */
export function substitutePoly(p: Poly, value: (symbol: string) => Poly | undefined): Poly {
  let out: Poly = [];
  for (const t of p) {
    let product = constant(t.coef);
    for (const atom of t.atoms) product = mulPoly(product, substituteAtom(atom, value));
    out = addPoly(out, product);
  }
  return out;
}

function substituteAtom(atom: Atom, value: (symbol: string) => Poly | undefined): Poly {
  switch (atom.kind) {
    case "symbol":
      return value(atom.text) ?? atomPoly(atom);
    case "floor": {
      const den = substitutePoly(atom.den, value);
      if (den.length === 0)
        throw new UserError(`dimension ${atom.text}: division by zero with the given numbers`);
      return floorDivPoly(substitutePoly(atom.num, value), den);
    }
    case "min":
    case "max":
      return extremum(
        atom.kind,
        atom.args.map((a) => substitutePoly(a, value)),
      );
  }
}

export function collectSymbols(p: Poly, into: Set<string>): void {
  for (const t of p) {
    for (const atom of t.atoms) {
      if (atom.kind === "symbol") into.add(atom.text);
      else if (atom.kind === "floor") {
        collectSymbols(atom.num, into);
        collectSymbols(atom.den, into);
      } else for (const a of atom.args) collectSymbols(a, into);
    }
  }
}

export { bounds as boundsOfPoly, constant as constantPoly };
