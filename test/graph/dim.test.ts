import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addDims,
  bindDim,
  canonicalDim,
  ceilDiv,
  dimBounds,
  floorDiv,
  maxDims,
  minDims,
  modDims,
  mulDims,
  neverEqual,
  subDims,
  symbolsOf,
} from "../../src/graph/dim.ts";
import type { Dim } from "../../src/graph/types.ts";

/** An expression built by `dim.ts`, and the same computed on numbers. */
interface Both {
  readonly dim: Dim;
  readonly value: number;
}

const NAMES = ["a", "b", "height"] as const;

/** Random expressions over three symbols, each evaluated beside its construction. */
function expressions(values: readonly number[]): fc.Arbitrary<Both> {
  const { tree } = fc.letrec<{ tree: Both }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      fc.integer({ min: -9, max: 9 }).map((n) => ({ dim: n, value: n })),
      fc.integer({ min: 0, max: 2 }).map((i) => ({ dim: NAMES[i]!, value: values[i]! })),
      fc
        .tuple(tie("tree"), tie("tree"), fc.constantFrom("add", "sub", "mul", "min", "max"))
        .map(([x, y, op]) => combine(x, y, op)),
      fc
        .tuple(
          tie("tree"),
          fc.integer({ min: -6, max: 6 }).filter((n) => n !== 0),
          fc.constantFrom("floor", "ceil", "mod"),
        )
        .map(([x, n, op]) => divide(x, { dim: n, value: n }, op)),
      // Divisors that are expressions: positive, as sizes are.
      fc
        .tuple(tie("tree"), fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 4 }))
        .map(([x, i, n]) =>
          divide(x, { dim: mulDims(NAMES[i]!, n), value: values[i]! * n }, "floor"),
        ),
    ),
  }));
  return tree;
}

function combine(x: Both, y: Both, op: string): Both {
  if (op === "add") return { dim: addDims(x.dim, y.dim), value: x.value + y.value };
  if (op === "sub") return { dim: subDims(x.dim, y.dim), value: x.value - y.value };
  if (op === "mul") return { dim: mulDims(x.dim, y.dim), value: x.value * y.value };
  if (op === "min") return { dim: minDims(x.dim, y.dim), value: Math.min(x.value, y.value) };
  return { dim: maxDims(x.dim, y.dim), value: Math.max(x.value, y.value) };
}

function divide(x: Both, by: Both, op: string): Both {
  const floored = Math.floor(x.value / by.value);
  if (op === "floor") return { dim: floorDiv(x.dim, by.dim), value: floored };
  if (op === "mod") return { dim: modDims(x.dim, by.dim), value: x.value - by.value * floored };
  const positive = Math.abs(by.value);
  return {
    dim: ceilDiv(x.dim, typeof by.dim === "number" ? positive : by.dim),
    value: Math.ceil(x.value / positive),
  };
}

const sizes = fc.tuple(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 40 }),
);

const binding = (values: readonly number[]) =>
  Object.fromEntries(NAMES.map((name, i) => [name, values[i]!]));

describe("dimension arithmetic", () => {
  test("binding the symbols gives what arithmetic on numbers gives", () => {
    fc.assert(
      fc.property(
        sizes.chain((v) => expressions(v).map((e) => [v, e] as const)),
        ([values, { dim, value }]) => {
          expect(bindDim(dim, binding(values)) === value || [dim, value]).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test("the text of an expression reads back as itself", () => {
    fc.assert(
      fc.property(expressions([3, 5, 7]), ({ dim }) => {
        expect(canonicalDim(dim)).toBe(dim);
      }),
      { numRuns: 1000 },
    );
  });

  test("bounds hold for all sizes from 1", () => {
    fc.assert(
      fc.property(
        sizes.chain((v) => expressions(v)),
        ({ dim, value }) => {
          const [low, high] = dimBounds(dim);
          expect(low <= value && value <= high).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("binding some symbols and then the others is binding all", () => {
    fc.assert(
      fc.property(
        sizes.chain((v) => expressions(v).map((e) => [v, e] as const)),
        ([[a, b, height], { dim, value }]) => {
          const half = bindDim(dim, { a });
          expect(symbolsOf(half)).not.toContain("a");
          expect(bindDim(half, { b, height }) === value).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("sums, products and exact quotients have one form whatever the order", () => {
    fc.assert(
      fc.property(
        expressions([2, 3, 4]),
        expressions([2, 3, 4]),
        expressions([2, 3, 4]),
        (x, y, z) => {
          const [a, b, c] = [x.dim, y.dim, z.dim];
          expect(addDims(addDims(a, b), c)).toBe(addDims(a, addDims(c, b)));
          expect(mulDims(a, addDims(b, c))).toBe(addDims(mulDims(c, a), mulDims(b, a)));
          expect(subDims(addDims(a, b), b)).toBe(a);
          if (b !== 0) expect(floorDiv(mulDims(a, b), b)).toBe(a);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each<[string, Dim]>([
    ["2*batch", "2*batch"],
    ["batch * 49", "49*batch"],
    ["(height - 1)//2 + 1", "floor((height + 1)/2)"],
    ["floor(2/(2*h))", "floor(1/h)"],
    ["floor(floor((h - 1)/2 + 1)/2 - 1/2) + 1", "floor((h + 3)/4)"],
    ["Max(1, s0)", "s0"],
    ["Min(s0, s1)", "min(s0, s1)"],
    ["past_sequence_length + 1", "past_sequence_length + 1"],
    ["s0 - s0", 0],
    ["h*w/(w)", "`h*w/(w)`"],
    ["2**3 * s77", "8*s77"],
    ["Mod(4*s0, 2)", 0],
    ["ceil(h/2)", "floor((h + 1)/2)"],
    ["12", 12],
  ])("%s is %s", (text, expected) => {
    expect(canonicalDim(text)).toBe(expected);
  });

  test("the sizes of two convolutions with stride 2 merge into one quotient", () => {
    const half = (d: Dim) => addDims(floorDiv(subDims(addDims(d, 2), 3), 2), 1);
    expect(half("height")).toBe("floor((height + 1)/2)");
    expect(half(half("height"))).toBe("floor((height + 3)/4)");
  });

  test("half of a size, as Resize scales it, is floored exactly", () => {
    expect(floorDiv(mulDims("h", 0.5), 1)).toBe("floor(h/2)");
    expect(floorDiv(mulDims("h", 2), 1)).toBe("2*h");
    expect(bindDim(floorDiv(mulDims("h", 1.5), 1), { h: 5 })).toBe(7);
  });

  test("names that are no expression stay whole, and two of them stay apart", () => {
    expect(canonicalDim("batch size")).toBe("`batch size`");
    expect(canonicalDim("")).toBe("``");
    expect(addDims("batch size", 1)).toBe("`batch size` + 1");
    expect(canonicalDim("`batch size` + 1")).toBe("`batch size` + 1");
    expect(canonicalDim("batch-size")).toBe("batch-size");
    expect(symbolsOf(mulDims("batch-size", "unk__5"))).toEqual(["batch-size", "unk__5"]);
  });

  test("what can never be equal is known from the form", () => {
    expect(neverEqual("h", addDims("h", 1))).toBe(true);
    expect(neverEqual("h", "w")).toBe(false);
    expect(neverEqual(mulDims("h", 2), 1)).toBe(true);
    expect(neverEqual("h", 0)).toBe(true);
  });

  test("hostile text neither overflows the stack nor takes long", () => {
    expect(canonicalDim("(".repeat(4000))).toMatch(/^`/);
    expect(canonicalDim(`${"(a+b)*".repeat(200)}1`)).toBeDefined();
    expect(canonicalDim("(a+b+c+d+e+f+g+h)^16")).toMatch(/^`/);
    expect(canonicalDim("a^99999")).toMatch(/^`/);
    let d: Dim = "x";
    expect(() => {
      for (let i = 0; i < 40; i++) d = floorDiv(addDims(mulDims(d, d), 1), 3);
    }).toThrow(/expression grows/);
  });
});
