import { expect, test } from "vitest";
import { stream } from "../../src/base/rng.ts";
import type { Parameters } from "../../src/search/parameters.ts";
import { parametricSpace } from "../../src/search/parametric-space.ts";
import { tableSpace } from "../../src/search/table-space.ts";
import { examples, spaceContract } from "./contract.ts";

spaceContract("mixed conditional", () => examples.mixed);
spaceContract("finite conditional", () => examples.finite);
spaceContract("table", () => examples.table);
spaceContract("one design", () => examples.single);
spaceContract("real", () => examples.real);
spaceContract("sparse table", () =>
  tableSpace([
    { a: 1, b: "x" },
    { a: 5, b: "y", c: 0.5 },
    { a: 9, c: 1e6 },
  ]),
);

const fails = (f: () => unknown) => {
  try {
    f();
  } catch (e) {
    return (e as Error).message;
  }
  throw new Error("no error");
};

test("counting agrees with listing every combination", () => {
  const { finite } = examples;
  let count = 0;
  for (const a of ["x", "y", "z"]) {
    for (const b of a === "z" ? [undefined] : [1, 2, 3, 4, 5]) {
      for (const _c of a === "y" && (b === 2 || b === 3) ? [true, false] : [undefined]) count += 3;
      void b;
    }
  }
  expect(finite.size).toBe(count);
});

test("a logarithmic integer is uniform in the logarithm", () => {
  const space = parametricSpace({ n: { type: "integer", low: 1, high: 1000, log: true } });
  const rng = stream(1, "log");
  const n = 20_000;
  let small = 0;
  for (let i = 0; i < n; i++) if ((space.sample(rng).n as number) <= 31) small++;
  // [0.5, 31.5) of [0.5, 1000.5) in logarithms
  expect(small / n).toBeCloseTo(Math.log(63) / Math.log(2001), 1.7);
});

test("a contradictory definition is refused by name", () => {
  const cases: [unknown, RegExp][] = [
    [{ x: { type: "real", low: 2, high: 1 } }, /x: low 2 > high 1/],
    [{ x: { type: "real", low: Number.NaN, high: 1 } }, /x: bounds NaN\.\.1/],
    [{ x: { type: "real", low: 0, high: 1, log: true } }, /x: low 0 has no logarithm/],
    [{ x: { type: "integer", low: 1, high: 10, step: 4 } }, /x: high 10 is not low 1 plus/],
    [{ x: { type: "integer", low: 1.5, high: 10 } }, /x: bounds 1.5..10 are not integers/],
    [{ x: { type: "categorical", values: [] } }, /x: values is empty/],
    [{ x: { type: "categorical", values: ["a", "a"] } }, /x: value "a" is listed twice/],
    [{ x: { type: "float", low: 0, high: 1 } }, /x: unknown parameter type "float"/],
    [{ x: { type: "boolean", when: { y: [1] } } }, /names "y", which is not declared before it/],
    [
      { y: { type: "boolean" }, x: { type: "boolean", when: { y: ["yes"] } } },
      /x: its condition has y = "yes", which cannot be/,
    ],
  ];
  for (const [parameters, message] of cases) {
    expect(fails(() => parametricSpace(parameters as Parameters))).toMatch(message);
  }
});

test("a wrong design is refused with the parameter, the value and what is allowed", () => {
  const { mixed } = examples;
  const good = { optimizer: "none", width: 16, depth: "m" };
  mixed.check(good);
  expect(fails(() => mixed.check({ ...good, width: 17 }))).toMatch(/width = 17 is not allowed/);
  expect(fails(() => mixed.check({ ...good, width: Number.NaN }))).toMatch(/width = NaN/);
  expect(fails(() => mixed.check({ ...good, depth: "xl" }))).toMatch(/depth = "xl"/);
  expect(fails(() => mixed.check({ ...good, rate: 0.1 }))).toMatch(
    /rate = 0.1 is inactive where optimizer = none/,
  );
  expect(fails(() => mixed.check({ ...good, optimizer: "adam" }))).toMatch(/rate has no value/);
  expect(fails(() => mixed.check({ ...good, optimizer: "adam", rate: 2 }))).toMatch(/rate = 2/);
});

test("a table refuses what it cannot hold", () => {
  expect(fails(() => tableSpace([]))).toMatch(/no rows/);
  expect(fails(() => tableSpace([{ a: 1 }, { a: 1 }]))).toMatch(/rows 0 and 1 are the same/);
  expect(fails(() => tableSpace([{ a: 1 }, { a: Number.NaN }]))).toMatch(/column a, row 1: NaN/);
  expect(fails(() => tableSpace([{ a: 1 }]).check({ a: 2 }))).toMatch(/no row of the table is a=2/);
});

test("a table's neighbours are near and its children lie between their parents", () => {
  const rows = Array.from({ length: 400 }, (_, i) => ({ x: i % 20, y: Math.floor(i / 20) }));
  const space = tableSpace(rows);
  const rng = stream(4, "near");
  let far = 0;
  for (let i = 0; i < 500; i++) {
    const from = space.sample(rng) as { x: number; y: number };
    const to = space.mutate(from, rng) as { x: number; y: number };
    expect(from.x === to.x || from.y === to.y).toBe(true);
    if (Math.abs(from.x - to.x) + Math.abs(from.y - to.y) > 5) far++;
  }
  expect(far).toBeLessThan(50);
});
