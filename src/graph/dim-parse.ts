/**
 * Reads a dimension's text: what `dim.ts` prints, and what exporters write (`2*batch`,
 * `past_sequence_length + 1`, sympy's `(s0 + 1)//2` and `Max(1, s0)`).
 */
import { UserError } from "../base/errors.ts";
import {
  addPoly,
  constantOf,
  constantPoly,
  floorDivPoly,
  maxPoly,
  minPoly,
  mulPoly,
  type Poly,
  polyText,
  subPoly,
  symbolPoly,
} from "./dim-poly.ts";

const MAX_LENGTH = 4096;
const MAX_DEPTH = 64;
const MAX_POWER = 16;

/** A minus between letters belongs to the name (`batch-size`); sums are written with spaces. */
const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:e[+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_.:$]*(?:-[\p{L}_][\p{L}\p{N}_.:$]*)*|`[^`]*`)|(\/\/|\*\*|[-+*/%^(),]))/uy;

/** A value before its division is decided: `num / den`. */
interface Ratio {
  readonly num: Poly;
  readonly den: Poly;
}

class NotAnExpression extends Error {}

/** Undefined where the text is no expression, divides outside `floor`, or grows out of bounds. */
export function parseDim(text: string): Poly | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  try {
    const reader = new Reader(text);
    const value = reader.sum(0);
    if (!reader.atEnd()) return undefined;
    const p = whole(value);
    polyText(p);
    return p;
  } catch (error) {
    if (error instanceof NotAnExpression || error instanceof UserError) return undefined;
    throw error;
  }
}

function whole(r: Ratio): Poly {
  const d = constantOf(r.den);
  if (d === undefined || d === 0) throw new NotAnExpression();
  const p = d === 1 ? r.num : mulPoly(r.num, constantPoly(1 / d));
  if (d !== 1 && !p.every((t) => Number.isInteger(t.coef))) throw new NotAnExpression();
  return p;
}

const ONE = constantPoly(1);
const of = (num: Poly): Ratio => ({ num, den: ONE });

function floorOf(r: Ratio): Ratio {
  if (r.den.length === 0) throw new NotAnExpression();
  return of(floorDivPoly(r.num, r.den));
}

function divide(a: Ratio, b: Ratio): Ratio {
  return { num: mulPoly(a.num, b.den), den: mulPoly(a.den, b.num) };
}

function combine(a: Ratio, b: Ratio, op: (x: Poly, y: Poly) => Poly): Ratio {
  return { num: op(mulPoly(a.num, b.den), mulPoly(b.num, a.den)), den: mulPoly(a.den, b.den) };
}

const FUNCTIONS: ReadonlyMap<string, (args: readonly Ratio[]) => Ratio> = new Map([
  ["floor", unary(floorOf)],
  ["ceil", unary(ceilOf)],
  ["ceiling", unary(ceilOf)],
  ["floordiv", binary((a, b) => floorOf(divide(a, b)))],
  ["mod", binary(modOf)],
  ["min", (args: readonly Ratio[]) => of(args.map(whole).reduce(minPoly))],
  ["max", (args: readonly Ratio[]) => of(args.map(whole).reduce(maxPoly))],
]);

function unary(f: (a: Ratio) => Ratio) {
  return (args: readonly Ratio[]): Ratio => {
    if (args.length !== 1) throw new NotAnExpression();
    return f(args[0]!);
  };
}

function binary(f: (a: Ratio, b: Ratio) => Ratio) {
  return (args: readonly Ratio[]): Ratio => {
    if (args.length !== 2) throw new NotAnExpression();
    return f(args[0]!, args[1]!);
  };
}

function ceilOf(r: Ratio): Ratio {
  if (r.den.length === 0) throw new NotAnExpression();
  return of(floorDivPoly(subPoly(addPoly(r.num, r.den), ONE), r.den));
}

function modOf(a: Ratio, b: Ratio): Ratio {
  const x = whole(a);
  const y = whole(b);
  return of(subPoly(x, mulPoly(y, floorOf({ num: x, den: y }).num)));
}

class Reader {
  private readonly tokens: { readonly kind: "number" | "name" | "op"; readonly text: string }[] =
    [];
  private at = 0;

  constructor(text: string) {
    const re = new RegExp(TOKEN);
    const end = text.trimEnd().length;
    while (re.lastIndex < end) {
      const m = re.exec(text);
      if (!m) throw new NotAnExpression();
      if (m[1] !== undefined) this.tokens.push({ kind: "number", text: m[1] });
      else if (m[2] !== undefined) this.tokens.push({ kind: "name", text: m[2] });
      else this.tokens.push({ kind: "op", text: m[3]! });
    }
  }

  atEnd(): boolean {
    return this.at === this.tokens.length;
  }

  private take(...ops: string[]): string | undefined {
    const t = this.tokens[this.at];
    if (t?.kind !== "op" || !ops.includes(t.text)) return undefined;
    this.at++;
    return t.text;
  }

  sum(depth: number): Ratio {
    if (depth > MAX_DEPTH) throw new NotAnExpression();
    let out = this.product(depth);
    for (;;) {
      const op = this.take("+", "-");
      if (!op) return out;
      out = combine(out, this.product(depth), op === "+" ? addPoly : subPoly);
    }
  }

  private product(depth: number): Ratio {
    let out = this.signed(depth);
    for (;;) {
      const op = this.take("*", "/", "//", "%");
      if (!op) return out;
      const right = this.signed(depth);
      if (op === "*") out = { num: mulPoly(out.num, right.num), den: mulPoly(out.den, right.den) };
      else if (op === "/") out = divide(out, right);
      else if (op === "//") out = floorOf(divide(out, right));
      else out = modOf(out, right);
    }
  }

  private signed(depth: number): Ratio {
    let sign = 1;
    for (;;) {
      const op = this.take("+", "-");
      if (!op) break;
      if (op === "-") sign = -sign;
    }
    const value = this.power(depth);
    return sign === 1 ? value : { num: subPoly([], value.num), den: value.den };
  }

  private power(depth: number): Ratio {
    const base = this.primary(depth);
    if (!this.take("^", "**")) return base;
    const t = this.tokens[this.at++];
    const exponent = t?.kind === "number" ? Number(t.text) : Number.NaN;
    if (!Number.isInteger(exponent) || exponent > MAX_POWER) throw new NotAnExpression();
    let out = of(ONE);
    for (let i = 0; i < exponent; i++)
      out = { num: mulPoly(out.num, base.num), den: mulPoly(out.den, base.den) };
    return out;
  }

  private primary(depth: number): Ratio {
    const t = this.tokens[this.at++];
    if (!t) throw new NotAnExpression();
    if (t.kind === "number") return of(constantPoly(Number(t.text)));
    if (t.kind === "op") {
      if (t.text !== "(") throw new NotAnExpression();
      const inner = this.sum(depth + 1);
      if (!this.take(")")) throw new NotAnExpression();
      return inner;
    }
    if (!this.take("(")) return of(symbolPoly(t.text));
    const call = FUNCTIONS.get(t.text.toLowerCase());
    if (!call) throw new NotAnExpression();
    const args = [this.sum(depth + 1)];
    while (this.take(",")) args.push(this.sum(depth + 1));
    if (!this.take(")")) throw new NotAnExpression();
    return call(args);
  }
}
