import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { LayerSkip, type LayerSkipSpec, layerSkipTime } from "../../../src/gpu/dynamic/index.ts";
import { predict } from "../../../src/gpu/predict.ts";
import { v100 } from "./specs.ts";
import { chain } from "./stages.ts";

const steps = [
  { name: "stem", graph: chain("stem", 1) },
  { name: "a", graph: chain("a", 3), gated: true },
  { name: "b", graph: chain("b", 2), gated: true },
];
const options = { device: v100, host: "compiled" as const };
const spec = (over: Partial<LayerSkipSpec> = {}): LayerSkipSpec => ({
  steps,
  batch: 3,
  images: {
    gates: [
      [1, 1],
      [1, 0],
      [0, 0],
      [0, 0],
    ],
  },
  ...over,
});

describe("layer skipping", () => {
  test("is the mean over all batches of the measured images", () => {
    const gates = [
      [1, 1],
      [1, 0],
      [0, 0],
      [0, 0],
    ];
    const model = new LayerSkip(steps, options);
    for (const policy of ["compact", "wait"] as const) {
      let expected = 0;
      for (let code = 0; code < 64; code++) {
        const rows = [0, 1, 2].map((i) => gates[Math.floor(code / 4 ** i) % 4]!);
        const needs = [0, 1].map((c) => rows.reduce((s, row) => s + row[c]!, 0));
        expected += model.us(needs, 3, policy) / 64;
      }
      const t = layerSkipTime(spec({ policy }), options);
      expect(t.method).toBe("exact");
      expect(t.expectedUs).toBeCloseTo(expected, 6);
    }
  });

  test("independent gates are drawn; one gate is exact and binomial", () => {
    const one = layerSkipTime(spec({ steps: steps.slice(0, 2), images: { run: [0.3] } }), options);
    const model = new LayerSkip(steps.slice(0, 2), options);
    const us = [0, 1, 2, 3].map((n) => model.us([n], 3, "compact"));
    const p = [0.343, 0.441, 0.189, 0.027];
    expect(one.method).toBe("exact");
    expect(one.expectedUs).toBeCloseTo(
      us.reduce((s, t, n) => s + t * p[n]!, 0),
      6,
    );
    const two = layerSkipTime(spec({ images: { run: [0.3, 0.8] } }), {
      ...options,
      seed: 3,
      draws: 500,
    });
    expect(two.method).toBe("sampled");
    expect(two.standardErrorUs).toBeGreaterThan(0);
    expect(two.run).toEqual([0.3, 0.8]);
  });

  test("that runs everything costs the gates, that skips everything leaves the rest", () => {
    const all = layerSkipTime(spec({ images: { gates: [[1, 1]] } }), options);
    const none = layerSkipTime(spec({ images: { gates: [[0, 0]] } }), options);
    expect(all.macsShare).toBe(1);
    expect(all.expectedUs).toBeGreaterThan(all.denseUs);
    expect(none.macsShare).toBeCloseTo(1 / 6, 12);
    const stem = predict(chain("stem", 1), { ...options, batch: 3 });
    expect(none.expectedUs / 1000).toBeGreaterThan(stem.latencyMs);
    expect(none.expectedUs).toBeLessThan(all.expectedUs);
  });

  test("skipping only where all images skip saves less as the batch grows", () => {
    const share = (batch: number) => {
      const t = layerSkipTime(spec({ batch, policy: "wait" }), options);
      return t.expectedUs / t.denseUs;
    };
    expect(share(1)).toBeLessThan(share(2));
    expect(share(2)).toBeLessThan(share(8));
    expect(share(8)).toBeGreaterThan(1);
  });

  test("compaction saves what skipping only for all images does not", () => {
    const at = (side: number, policy: "compact" | "wait") => {
      const big = [{ name: "a", graph: chain("a", 4, 128, side), gated: true }];
      const t = layerSkipTime(
        { steps: big, batch: 16, policy, images: { gates: [[1], [0]] } },
        options,
      );
      return t.expectedUs / t.denseUs;
    };
    expect(at(56, "compact")).toBeLessThan(0.75);
    expect(at(56, "wait")).toBeGreaterThan(1);
  });

  test.each([
    [{ steps: [] }, "no steps"],
    [{ steps: steps.slice(0, 1) }, "no step has a gate"],
    [{ batch: 0 }, "batch 0"],
    [{ images: { run: [0.5] } }, "1 probabilities for 2 gated steps"],
    [{ images: { gates: [[1]] } }, "1 decisions an image for 2 gated steps"],
    [{ images: { gates: [[1, 2]] } }, "a gate says 2, expected 1 (run) or 0 (skip)"],
    [{ images: { run: [0.5, -1] } }, "probability -1 of column 1"],
    [{ policy: "hope" as never }, "policy 'hope'"],
    [
      {
        steps: [{ name: "wide", graph: chain("wide", 1, 64, 28, 128), gated: true }],
        images: { run: [0.5] },
      },
      "step wide has a gate, but turns [1, 64, 28, 28] into [1, 128, 28, 28]",
    ],
  ])("refuses %j", (over, message) => {
    const attempt = () => layerSkipTime(spec(over), options);
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow(message);
  });
});
