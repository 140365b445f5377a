import fc from "fast-check";
import { expect, it } from "vitest";
import { blockOf, TRIAL_STATES } from "../../src/study/block.ts";
import { listDevices } from "../../src/study/devices.ts";
import { resolveSpec } from "../../src/study/index.ts";
import { inside } from "../../web/src/plots/polygon.ts";
import { readShown, type Shown, writeShown } from "../../web/src/views/front/address.ts";
import { axesOf, minimised } from "../../web/src/views/front/axes.ts";
import { countOf, keptOf, type Range } from "../../web/src/views/front/filters.ts";
import { orderOf } from "../../web/src/views/front/order.ts";
import { brushed, lanesOf, laneY } from "../../web/src/views/front/parallel-layout.ts";
import { predictedFor } from "../../web/src/views/front/predicted-for.ts";

const name = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" });
const finite = fc.double({ min: -1e9, max: 1e9, noNaN: true });
const short = finite.map((x) => Number(x.toPrecision(12)));
const pair = fc.tuple(short, short).filter(([a, b]) => a < b);
const range: fc.Arbitrary<Range> = fc.oneof(
  pair.map(([low, high]) => ({ low, high })),
  fc.array(name, { minLength: 1, maxLength: 4 }).map((labels) => ({ labels })),
);
const shown: fc.Arbitrary<Shown> = fc.record({
  x: fc.option(name, { nil: undefined }),
  y: fc.option(name, { nil: undefined }),
  colour: fc.oneof(fc.constant(""), name),
  xKind: fc.constantFrom("linear", "log"),
  yKind: fc.constantFrom("linear", "log"),
  view: fc.option(fc.record({ x: pair, y: pair }), { nil: undefined }),
  states: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
  frontOnly: fc.boolean(),
  plottedFront: fc.boolean(),
  region: fc.option(
    fc.record({
      shape: fc.constant("lasso" as const),
      corners: fc.array(fc.tuple(short, short), { minLength: 3, maxLength: 6 }),
    }),
    { nil: undefined },
  ),
  ranges: fc.array(fc.tuple(name, range), { maxLength: 3 }).map((list) => new Map(list)),
  pick: fc.option(fc.nat(), { nil: undefined }),
  history: fc.oneof(fc.constant("volume"), name),
});

it("reads from the address what it wrote there", () => {
  fc.assert(
    fc.property(shown, (state) => {
      const query = Object.fromEntries(
        Object.entries(writeShown(state)).filter(([, text]) => text !== undefined),
      ) as Record<string, string>;
      const again = readShown(Object.fromEntries(new URLSearchParams(new URLSearchParams(query))));
      // -0 is written as 0.
      const plain = (s: Shown) => JSON.stringify({ ...s, ranges: [...s.ranges] });
      expect(plain(again)).toBe(plain(state));
    }),
  );
});

it("takes what it cannot read as absent", () => {
  const odd = readShown({
    zoom: "1,0,2,x",
    region: "lasso:1,2;3",
    ranges: "a~2~1|~1~2|b~x~1",
    pick: "-3",
    states: "complete,unheard",
    xs: "cubic",
  });
  expect(odd).toMatchObject({ view: undefined, region: undefined, pick: undefined });
  expect(odd.ranges.size).toBe(0);
  expect(odd.states).toEqual(TRIAL_STATES.map((state) => state === "complete"));
  expect(odd.xKind).toBe("linear");
  expect(readShown({ zoom: "1,2,3,4,5" }).view).toBeUndefined();
  expect(readShown({ ranges: "%~1~2" }).ranges.get("%")).toEqual({ low: 1, high: 2 });
});

/** Spread over the range: doubles crowd near 0. */
const positive = fc.integer({ min: 1, max: 1000 }).map((x) => x / 10);
const trial = fc.record({
  state: fc.constantFrom(...TRIAL_STATES),
  design: fc.record({
    op: fc.constantFrom("conv", "pool", "skip"),
    width: fc.integer({ min: 1, max: 9 }),
  }),
  values: fc.record({
    accuracy: positive,
    latency: positive,
  }),
});
const objectives = [
  { name: "accuracy", unit: "%", goal: "maximize", stage: 0 },
  { name: "latency", unit: "ms", goal: "minimize", stage: 0 },
] as const;

it("keeps exactly the trials that pass every filter, linear and logarithmic", () => {
  const corner = fc.tuple(positive, positive);
  fc.assert(
    fc.property(
      fc.array(trial, { minLength: 1, maxLength: 30 }),
      fc.array(corner, { minLength: 3, maxLength: 5 }),
      fc.constantFrom("linear" as const, "log" as const),
      fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
      (trials, corners, kind, front) => {
        const block = blockOf(trials);
        const axes = axesOf({ objectives }, block);
        const axisOf = (id: string) => axes.find((axis) => axis.id === id);
        const kept = keptOf(
          {
            states: [true, true, false, true],
            frontOnly: true,
            region: { shape: "lasso", corners },
            ranges: new Map<string, Range>([
              ["design:width", { low: 2, high: 7 }],
              ["design:op", { labels: ["conv", "skip", "gone"] }],
              ["nowhere", { low: 0, high: 0 }],
            ]),
          },
          {
            states: block.states,
            onFront: Uint8Array.from(front, Number),
            xs: axisOf("latency")!.data,
            ys: axisOf("accuracy")!.data,
            xKind: kind,
            yKind: kind,
            axisOf,
          },
        );
        const to = (x: number) => (kind === "log" ? Math.log10(x) : x);
        const outline = corners.map(([x, y]) => [to(x), to(y)] as const);
        const expected = trials.map(
          ({ state, design, values }, row) =>
            state !== "pruned" &&
            front[row] === true &&
            design.width >= 2 &&
            design.width <= 7 &&
            design.op !== "pool" &&
            inside(outline, to(values.latency), to(values.accuracy)),
        );
        expect([...kept].map(Boolean)).toEqual(expected);
        expect(countOf(kept)).toBe(expected.filter(Boolean).length);
      },
    ),
  );
});

it("has labels in one order whatever trial came first", () => {
  const block = blockOf(
    ["pool", "conv", "skip", "conv"].map((op) => ({
      state: "complete",
      design: { op },
      values: { accuracy: 1, latency: 2 },
    })),
  );
  const axes = axesOf({ objectives }, block);
  const op = axes.find(({ id }) => id === "design:op")!;
  expect(op.labels).toEqual(["conv", "pool", "skip"]);
  expect([...op.data]).toEqual([1, 0, 2, 0]);
  expect([...minimised(axes[0]!)]).toEqual([-1, -1, -1, -1]);
  expect([...minimised(axes[1]!)]).toEqual([2, 2, 2, 2]);
});

it("hands on what each predicted objective is of", () => {
  const spec = resolveSpec({
    space: { kind: "nasbench201" },
    objectives: [
      { name: "accuracy", goal: "maximize" },
      { name: "latency_ms", batch: 1, precision: "fp16" },
      { name: "busy", kind: "gpu_ms", device: "Tesla_T4", host: "cuda-graph", hostUsPerOp: 7 },
      { name: "own", kind: "latency_ms", device: "V100 PCIe", tuned: true },
    ],
  });
  // A device that the page does not have keeps its name.
  const known = listDevices().filter(({ id }) => id !== "v100-pcie");
  const found = predictedFor({ spec: JSON.parse(JSON.stringify(spec)) }, known);
  expect(found.map(({ objective, query }) => [objective, query])).toEqual([
    ["latency_ms", { device: "rtx-2080-ti", precision: "fp16", batch: "1", host: "eager" }],
    ["busy", { device: "t4", precision: "fp32", batch: "256", host: "cuda-graph" }],
    [
      "own",
      {
        device: "V100 PCIe",
        precision: "fp32",
        batch: "256",
        host: "eager",
      },
    ],
  ]);
  expect(found.map(({ beyond }) => beyond.length)).toEqual([0, 1, 1]);
  expect(predictedFor({ spec: null }, [])).toEqual([]);
});

it("sorts rows as a plain sort does, those without a value last", () => {
  const cell = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(Number.NaN));
  fc.assert(
    fc.property(fc.array(cell, { maxLength: 30 }), fc.boolean(), (list, down) => {
      const order = orderOf(Uint32Array.from(list.keys()), Float64Array.from(list), down);
      const sign = down ? -1 : 1;
      const expected = [...list.keys()].sort((a, b) => {
        const key = (row: number) => (Number.isNaN(list[row]) ? 99 : sign * list[row]!);
        return key(a) - key(b) || a - b;
      });
      expect([...order]).toEqual(expected);
    }),
  );
});

it("brushes the labels that it touches, and the numbers between its ends", () => {
  const block = blockOf(
    ["a", "b", "c"].map((op, width) => ({
      state: "complete",
      design: { op, width },
      values: { accuracy: 1, latency: 2 },
    })),
  );
  const { lanes } = lanesOf(axesOf({ objectives }, block), 800);
  const lane = (id: string) => lanes.find(({ axis }) => axis.id === id)!;
  const op = lane("design:op");
  expect(brushed(op, laneY(op, 0.9), laneY(op, 2.1))).toEqual({ labels: ["b", "c"] });
  expect(brushed(op, laneY(op, 0.4), laneY(op, 0.6))).toEqual({ labels: [] });
  const width = lane("design:width");
  const range = brushed(width, laneY(width, 1.5), laneY(width, 0.5)) as {
    low: number;
    high: number;
  };
  expect(range.low).toBeCloseTo(0.5, 9);
  expect(range.high).toBeCloseTo(1.5, 9);
});
