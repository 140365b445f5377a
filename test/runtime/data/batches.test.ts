import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  Batches,
  holdOut,
  normalizationOf,
  openDataset,
  type SampleSet,
  wholeSet,
} from "../../../src/runtime/data/index.ts";

/** Sample i is the number i (over three bytes); its label is i modulo `classes`. */
function counting(count: number, classes: number): SampleSet {
  const samples = Float32Array.from({ length: count }, (_, i) => i);
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  return { samples, shape: [1], count, labels };
}
const plain = { mean: [0], std: [1] };

describe("batches", () => {
  it("hold every sample once an epoch with its label, in another order each epoch and seed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom("keep" as const, "drop" as const),
        (count, batch, last) => {
          fc.pre(last === "keep" || batch <= count);
          const view = wholeSet(counting(count, 3));
          const batches = new Batches(view, { batch, normalization: plain, shuffleSeed: 1, last });
          const seen: number[] = [];
          for (let i = 0; i < batches.perEpoch; i++) {
            const { images, labels, count: n } = batches.fill(4, i);
            expect([images.dims, labels.dims]).toEqual([[n, 1], [n]]);
            expect([images.data.length, labels.data.length]).toEqual([n, n]);
            expect([...labels.data].map(Number)).toEqual(
              [...images.data].map((v) => Number(v) % 3),
            );
            seen.push(...[...images.data].map(Number));
          }
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen.length).toBe(last === "keep" ? count : count - (count % batch));
        },
      ),
    );
    const order = (seed: number, epoch: number) => {
      const batches = new Batches(wholeSet(counting(50, 2)), {
        batch: 50,
        normalization: plain,
        shuffleSeed: seed,
      });
      return [...batches.fill(epoch, 0).images.data].map(Number);
    };
    expect(order(1, 0)).toEqual(order(1, 0));
    expect(order(1, 1)).not.toEqual(order(1, 0));
    expect(order(2, 0)).not.toEqual(order(1, 0));
    const still = new Batches(wholeSet(counting(5, 2)), { batch: 5, normalization: plain });
    expect([...still.fill(3, 0).images.data]).toEqual([0, 1, 2, 3, 4]);
  });

  it("are the same whatever was asked before: a resumed run sees what it would have", async () => {
    const { train } = await openDataset("fashion-mnist-tiny");
    const view = wholeSet(train);
    const options = {
      batch: 64,
      normalization: normalizationOf(view),
      labels: "soft" as const,
      classes: 10,
      shuffleSeed: 9,
      augment: { crop: 2, flip: 0.5, cutout: 6, mixup: 0.3 },
      last: "drop" as const,
    };
    const straight = new Batches(view, options);
    for (let epoch = 0; epoch < 2; epoch++)
      for (let i = 0; i < straight.perEpoch; i++) straight.fill(epoch, i);
    const a = straight.fill(2, 3);
    const b = new Batches(view, options).fill(2, 3);
    expect(b.images.data).toEqual(a.images.data);
    expect(b.labels.data).toEqual(a.labels.data);
    for (let i = 0; i < 64; i++) {
      const row = [...(a.labels.data as Float32Array).subarray(10 * i, 10 * i + 10)];
      expect(row.reduce((x, y) => x + y, 0)).toBeCloseTo(1, 6);
    }
  });

  it("leave the batch before untouched while the next is filled", () => {
    const batches = new Batches(wholeSet(counting(6, 2)), { batch: 2, normalization: plain });
    const first = batches.fill(0, 0);
    batches.fill(0, 1);
    expect([...first.images.data]).toEqual([0, 1]);
  });

  it("refuse to leave nothing", () => {
    const view = wholeSet(counting(5, 2));
    const make = () => new Batches(view, { batch: 8, normalization: plain, last: "drop" });
    expect(make).toThrow(/a batch of 8 is more than the 5 samples/);
  });
});

describe("normalisation", () => {
  it("equals what is published for Fashion-MNIST's kind, and plain sums", async () => {
    const { train } = await openDataset("fashion-mnist-tiny");
    const { mean, std } = normalizationOf(wholeSet(train));
    const values = Array.from(train.samples, (v) => v / 255);
    const m = values.reduce((a, b) => a + b, 0) / values.length;
    const s = Math.sqrt(values.reduce((a, b) => a + (b - m) ** 2, 0) / values.length);
    expect(mean[0]).toBeCloseTo(m, 10);
    expect(std[0]).toBeCloseTo(s, 10);
    // 0.2860 and 0.3530 over all 60,000.
    expect(Math.abs(mean[0]! - 0.286)).toBeLessThan(0.01);
    expect(Math.abs(std[0]! - 0.353)).toBeLessThan(0.01);
  });

  it("takes each feature of a table by itself, and a constant one as it is", () => {
    const set = {
      samples: Float32Array.from([1, 7, 3, 7]),
      shape: [2],
      count: 2,
      labels: new Int32Array(2),
    };
    expect(normalizationOf(wholeSet(set))).toEqual({ mean: [2, 7], std: [1, 1] });
  });
});

describe("holdOut", () => {
  it("splits each class in proportion, the same for a seed, without loss", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 6, max: 200 }),
        fc.double({ min: 0.01, max: 0.9, noNaN: true }),
        fc.integer(),
        (count, fraction, seed) => {
          const classes = ["a", "b", "c"];
          const view = wholeSet(counting(count, 3));
          const { kept, held } = holdOut(view, classes, fraction, seed, "validation");
          const all = [...kept.indices, ...held.indices].sort((a, b) => a - b);
          expect(all).toEqual([...view.indices]);
          for (let c = 0; c < 3; c++) {
            const total = view.indices.filter((i) => i % 3 === c).length;
            const n = held.indices.filter((i) => i % 3 === c).length;
            expect(n).toBeGreaterThanOrEqual(1);
            expect(n).toBeLessThan(total);
            expect(Math.abs(n - fraction * total)).toBeLessThanOrEqual(1);
          }
          const again = holdOut(view, classes, fraction, seed, "validation");
          expect(again.held.indices).toEqual(held.indices);
        },
      ),
    );
    const big = wholeSet(counting(90, 3));
    const split = (seed: number, purpose: string) =>
      holdOut(big, ["a", "b", "c"], 0.2, seed, purpose).held.indices;
    expect(split(1, "validation")).not.toEqual(split(2, "validation"));
    expect(split(1, "validation")).not.toEqual(split(1, "test"));
  });

  it("refuses a class of one sample", () => {
    const view = wholeSet(counting(4, 3));
    expect(() => holdOut(view, ["a", "b", "c"], 0.5, 1, "validation")).toThrow(
      /class b has one sample/,
    );
  });
});
