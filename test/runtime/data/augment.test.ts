import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import { crop } from "../../../src/runtime/data/augment/crop.ts";
import { cutout } from "../../../src/runtime/data/augment/cutout.ts";
import { blendPairs, drawLambda } from "../../../src/runtime/data/augment/mixup.ts";
import { checkAugment, parseAugment, type SampleSet } from "../../../src/runtime/data/index.ts";
import { identityPlacement, renderer } from "../../../src/runtime/data/render.ts";

const image = fc.record({
  channels: fc.integer({ min: 1, max: 3 }),
  height: fc.integer({ min: 1, max: 7 }),
  width: fc.integer({ min: 1, max: 7 }),
  top: fc.integer({ min: -8, max: 8 }),
  left: fc.integer({ min: -8, max: 8 }),
  flipped: fc.boolean(),
  bytes: fc.boolean(),
  seed: fc.integer(),
});

describe("renderer", () => {
  it("shows the window, the mirror and the hole, pixel by pixel", () => {
    fc.assert(
      fc.property(image, ({ channels, height, width, top, left, flipped, bytes, seed }) => {
        const rng = stream(seed, "test");
        const size = channels * height * width;
        const samples = bytes ? new Uint8Array(2 * size) : new Float32Array(2 * size);
        for (let i = 0; i < samples.length; i++) samples[i] = rng.int(256);
        const labels = new Int32Array(2);
        const set: SampleSet = { samples, shape: [channels, height, width], count: 2, labels };
        const mean = [0.4, 0.5, 0.6].slice(0, channels);
        const std = [0.2, 0.25, 0.3].slice(0, channels);
        const hole = { holeTop: 1, holeBottom: Math.min(3, height), holeLeft: 0, holeRight: 1 };
        const placement = { ...identityPlacement(), top, left, flipped, ...hole };
        const out = new Float32Array(size + 5).fill(99);
        renderer(set, { mean, std })(1, placement, out, 5);
        for (let c = 0; c < channels; c++)
          for (let y = 0; y < height; y++)
            for (let x = 0; x < width; x++) {
              const sy = y + top;
              const sx = (flipped ? width - 1 - x : x) + left;
              const inside = sy >= 0 && sy < height && sx >= 0 && sx < width;
              const stored = inside ? samples[size + (c * height + sy) * width + sx]! : 0;
              const value = ((bytes ? stored / 255 : stored) - mean[c]!) / std[c]!;
              const blank = y >= 1 && y < hole.holeBottom && x === 0;
              expect(out[5 + (c * height + y) * width + x]).toBeCloseTo(blank ? 0 : value, 3);
            }
        expect([...out.subarray(0, 5)]).toEqual([99, 99, 99, 99, 99]);
      }),
    );
  });
});

describe("augmentations", () => {
  it("draw every window and every hole equally often", () => {
    const windows = new Map<string, number>();
    const holes = new Set<string>();
    for (let i = 0; i < 5000; i++) {
      const placement = identityPlacement();
      const rng = stream(3, "test", i);
      crop.place!(2, 8, 8)(placement, rng);
      cutout.place!(3, 8, 6)(placement, rng);
      const key = `${placement.top} ${placement.left}`;
      windows.set(key, (windows.get(key) ?? 0) + 1);
      holes.add(`${placement.holeTop} ${placement.holeLeft}`);
      expect(placement.holeBottom - placement.holeTop).toBeGreaterThanOrEqual(2);
      expect(placement.holeBottom - placement.holeTop).toBeLessThanOrEqual(3);
      expect(placement.holeRight).toBeLessThanOrEqual(6);
    }
    expect(windows.size).toBe(25);
    // 200 expected in each of 25, standard deviation 14.
    for (const count of windows.values()) expect(Math.abs(count - 200)).toBeLessThan(70);
    expect(holes.size).toBe(7 * 5);
  });

  it("parse what a user writes and refuse what does not suit", () => {
    expect(parseAugment("crop=2, flip,mixup=0.4")).toEqual({ crop: 2, flip: 0.5, mixup: 0.4 });
    expect(parseAugment("none")).toEqual({});
    expect(() => parseAugment("flop")).toThrow(/no augmentation is named 'flop'/);
    expect(() => parseAugment("crop=x")).toThrow(/'x' is no number/);
    expect(() => checkAugment({ crop: 8 }, [3, 8, 8])).toThrow(/crop = 8, expected .* from 1 to 7/);
    expect(() => checkAugment({ flip: 0.5 }, [4])).toThrow(/is for images; the samples have 4/);
    expect(() => checkAugment({ mixup: 0.2 }, [4])).not.toThrow();
  });
});

describe("mixup", () => {
  it("draws its weight from Beta(a, a): mean 1/2, variance 1 / (4 (2a + 1))", () => {
    for (const alpha of [0.2, 1, 4]) {
      const rng = stream(5, "test");
      const n = 40_000;
      const drawn = Array.from({ length: n }, () => drawLambda(alpha, rng));
      expect(Math.min(...drawn.slice(0, 5000))).toBeGreaterThanOrEqual(0);
      const mean = drawn.reduce((a, b) => a + b, 0) / n;
      const variance = drawn.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
      expect(mean).toBeCloseTo(0.5, 2);
      expect(variance / (1 / (4 * (2 * alpha + 1)))).toBeCloseTo(1, 1);
    }
  });

  it("blends rows with their mirror in place, and keeps the middle", () => {
    const rows = Float32Array.from([1, 10, 2, 20, 3, 30]);
    blendPairs(rows, 3, 2, 0.75);
    expect([...rows]).toEqual([1.5, 15, 2, 20, 2.5, 25]);
  });
});
