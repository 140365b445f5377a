import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comparePredictions } from "../../src/gpu/compare.ts";
import { predict } from "../../src/gpu/predict.ts";
import type { Kernel, Prediction } from "../../src/gpu/types.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { shipped } from "./shipped.ts";

const kernel = (nodes: readonly string[], timeUs: number, more: Partial<Kernel> = {}): Kernel => ({
  name: "k",
  nodes,
  algorithm: "gemm",
  tile: null,
  grid: [1, 1, 1],
  block: 128,
  blocks: 1,
  blocksPerSm: 1,
  waves: 1,
  tailFill: 1,
  smUtilization: 1,
  flops: 100,
  dramBytes: 10,
  timeUs,
  limiter: "compute",
  ...more,
});
const prediction = (kernels: readonly Kernel[]): Prediction => ({
  device: "d",
  batch: 1,
  precision: "fp32",
  host: "eager",
  latencyMs: 1,
  gpuMs: kernels.reduce((s, k) => s + k.timeUs, 0) / 1e3,
  hostMs: 0,
  kernels,
  gaps: [],
  notes: [],
});
const compared = (a: readonly Kernel[], b: readonly Kernel[]) =>
  comparePredictions(prediction(a), prediction(b)).units.map((u) => [
    u.a?.nodes.join("+") ?? null,
    u.b?.nodes.join("+") ?? null,
    u.alignedBy,
    u.deltaUs,
  ]);

describe("comparePredictions", () => {
  it("sets a fused launch against the launches it replaces, and what was dropped alone", () => {
    const relu = { algorithm: "pointwise" };
    expect(
      compared(
        [
          kernel(["conv"], 10),
          kernel(["bn"], 3, relu),
          kernel(["relu"], 2, relu),
          kernel(["dead"], 1),
        ],
        [kernel(["conv", "bn", "relu"], 11)],
      ),
    ).toEqual([
      ["conv+bn+relu", "conv+bn+relu", "name", -4],
      ["dead", null, null, -1],
    ]);
  });

  it("counts the kernels of one launch group as one unit", () => {
    const [unit] = comparePredictions(
      prediction([kernel(["conv"], 1), kernel(["conv"], 5, { name: "gemm" }), kernel(["conv"], 2)]),
      prediction([kernel(["conv"], 4, { limiter: "tail" })]),
    ).units;
    expect(unit!.a).toMatchObject({ timeUs: 8, limiter: "compute", longest: { name: "gemm" } });
    expect(unit!.b).toMatchObject({ timeUs: 4, limiter: "tail" });
    expect(unit!.deltaUs).toBe(-4);
  });

  it("aligns other names in order, between the names that both have, by kind and size", () => {
    const pool = { algorithm: "pool" };
    expect(
      compared(
        [kernel(["stem"], 1), kernel(["a1"], 5), kernel(["p1"], 5, pool), kernel(["head"], 1)],
        [
          kernel(["stem"], 1),
          kernel(["x"], 9, { flops: 1 }),
          kernel(["b1"], 7),
          kernel(["q1"], 6, pool),
          kernel(["head"], 1),
        ],
      ).sort((x, y) => String(x[0]).localeCompare(String(y[0]))),
    ).toEqual([
      ["a1", "b1", "order", 2],
      ["head", "head", "name", 0],
      [null, "x", null, 9],
      ["p1", "q1", "order", 1],
      ["stem", "stem", "name", 0],
    ]);
  });

  it("has every kernel once, and deltas that sum to the difference of the GPU times", () => {
    const names = fc.constantFrom("a", "b", "c", "d", "e", "f", "");
    const side = fc.array(
      fc.record({
        nodes: fc.uniqueArray(names, { minLength: 1, maxLength: 3 }),
        timeUs: fc.integer({ min: 1, max: 100 }),
        algorithm: fc.constantFrom("gemm", "pool", "pointwise"),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(side, side, (left, right) => {
        const [a, b] = [left, right].map((items) =>
          prediction(items.map((k) => kernel(k.nodes, k.timeUs, { algorithm: k.algorithm }))),
        );
        const { units } = comparePredictions(a!, b!);
        for (const [which, p] of [
          ["a", a!],
          ["b", b!],
        ] as const) {
          const own = units.flatMap((u) => u[which]?.kernels ?? []);
          expect(own).toHaveLength(p.kernels.length);
          expect(new Set(own)).toEqual(new Set(p.kernels));
        }
        const total = units.reduce((s, u) => s + u.deltaUs, 0);
        const us = (p: Prediction) => p.kernels.reduce((s, k) => s + k.timeUs, 0);
        expect(total).toBe(us(b!) - us(a!));
        expect(units.every((u) => (u.alignedBy === null) === (u.a === null || u.b === null))).toBe(
          true,
        );
      }),
    );
  });

  it("finds no difference between a network and itself, and each layer on two devices", () => {
    const network = buildNetwork("resnet18", {});
    const on = (id: string) => predict(network, { device: shipped(id) });
    const same = comparePredictions(on("t4"), on("t4"));
    expect(same.units.every((u) => u.alignedBy === "name" && u.deltaUs === 0)).toBe(true);
    const other = comparePredictions(on("t4"), on("a100-80-sxm"));
    expect(other.units.every((u) => u.alignedBy === "name")).toBe(true);
    expect(other.totals.find((t) => t.what === "gpuMs")).toEqual({
      what: "gpuMs",
      a: on("t4").gpuMs,
      b: on("a100-80-sxm").gpuMs,
    });
  });
});
