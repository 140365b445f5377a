import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { EarlyExit, type EarlyExitSpec, earlyExitTime } from "../../../src/gpu/dynamic/index.ts";
import { predict } from "../../../src/gpu/predict.ts";
import { anyOptions, v100 } from "./specs.ts";
import { chain } from "./stages.ts";

const stages = [
  { name: "one", graph: chain("one", 2) },
  { name: "two", graph: chain("two", 3) },
  { name: "three", graph: chain("three", 4) },
];
const options = { device: v100, host: "compiled" as const };
const spec = (over: Partial<EarlyExitSpec> = {}): EarlyExitSpec => ({
  stages,
  batch: 4,
  images: { reach: [1, 0.6, 0.2] },
  ...over,
});

describe("early exit", () => {
  test("is the mean over the exits of every image, listed one by one", () => {
    const model = new EarlyExit(stages, options);
    const probability = [0.4, 0.4, 0.2];
    for (const policy of ["compact", "wait"] as const) {
      let expected = 0;
      let worst = 0;
      let best = Number.POSITIVE_INFINITY;
      for (let code = 0; code < 3 ** 4; code++) {
        const exits = [0, 1, 2, 3].map((i) => Math.floor(code / 3 ** i) % 3);
        const reached = [0, 1, 2].map((s) => exits.filter((e) => e >= s).length);
        const us = model.us(reached, policy);
        expected += us * exits.reduce((p, e) => p * probability[e]!, 1);
        worst = Math.max(worst, us);
        best = Math.min(best, us);
      }
      const t = earlyExitTime(spec({ policy }), options);
      expect(t.method).toBe("exact");
      expect(t.expectedUs).toBeCloseTo(expected, 6);
      expect(t.worstUs).toBe(worst);
      expect(t.bestUs).toBe(best);
    }
  });

  test("measured exits are their shares", () => {
    const measured = earlyExitTime(spec({ images: { exits: [0, 0, 1, 1, 2] } }), options);
    const shares = earlyExitTime(spec({ images: { reach: [1, 0.6, 0.2] } }), options);
    expect(measured.expectedUs).toBeCloseTo(shares.expectedUs, 6);
    expect(measured.reach[1]).toBeCloseTo(0.6, 12);
    expect(measured.meanDemand[2]).toBeCloseTo(0.8, 12);
  });

  test("a stage's region for some images costs what they ask, and is refused where none says it", () => {
    const [first, ...others] = stages;
    const { graph } = first!;
    const region = {
      kind: "images" as const,
      name: "all",
      nodes: graph.nodes.map((node) => node.name),
      input: graph.inputs[0]!.name,
    };
    const some = [{ ...first!, regions: [region] }, ...others];
    const at = (active: readonly (readonly number[])[]) =>
      earlyExitTime(spec({ stages: some, images: { exits: [0, 0, 1, 2], active } }), options);
    const [none, half, all] = [0, 0.5, 1].map((share) =>
      at([0, 1, 2, 3].map((i) => [i < 4 * share ? 1 : 0])),
    );
    expect(none!.expectedUs).toBeLessThan(half!.expectedUs);
    // Half of four images is not cheaper than all of them: they are moved, and fill the device no better.
    expect(none!.expectedUs).toBeLessThan(all!.expectedUs);
    const plain = earlyExitTime(spec({ images: { exits: [0, 0, 1, 2] } }), options);
    expect(all!.expectedUs).toBeGreaterThan(plain.expectedUs);
    expect(() => earlyExitTime(spec({ stages: some, images: { exits: [0] } }), options)).toThrow(
      /no image says what it asks/,
    );
  });

  test("one stage without exits is the network", () => {
    const whole = predict(chain("one", 2), { ...options, batch: 4 });
    const t = earlyExitTime(spec({ stages: stages.slice(0, 1), images: { reach: [1] } }), options);
    expect(t.expectedUs / 1000).toBeCloseTo(whole.latencyMs, 9);
    expect(t.denseUs).toBeCloseTo(t.expectedUs, 9);
  });

  test("lies between leaving at once and never leaving, and is no share of MACs", () => {
    fc.assert(
      fc.property(
        anyOptions,
        fc.integer({ min: 0, max: 100 }).map((n) => n / 100),
        fc.integer({ min: 0, max: 100 }).map((n) => n / 100),
        fc.integer({ min: 1, max: 12 }),
        (given, a, b, batch) => {
          const at = (reach: readonly number[]) =>
            earlyExitTime(spec({ images: { reach }, batch }), given);
          const t = at([1, a, a * b]);
          expect(t.expectedUs).toBeGreaterThanOrEqual(t.bestUs - 1e-6);
          expect(t.expectedUs).toBeLessThanOrEqual(t.worstUs + 1e-6);
          expect(at([1, 0, 0]).expectedUs).toBeLessThanOrEqual(t.expectedUs + 1e-6);
          expect(at([1, 1, 1]).expectedUs).toBeGreaterThan(at([1, 1, 1]).denseUs);
          expect(t.macsShare).toBeLessThanOrEqual(1 + 1e-12);
        },
      ),
      { numRuns: 15 },
    );
    const t = earlyExitTime(spec(), options);
    // Small batches take longer an image, and decisions cost: less is saved than MACs say.
    expect(t.expectedUs / t.denseUs).toBeGreaterThan(1.1 * t.macsShare);
  });

  // Launch-bound: a stage takes as long for one image as for all, so that exits of some save nothing.
  test("at batch 8 and bound by the host saves only where all images leave", () => {
    const given = { device: v100, host: "eager" as const };
    const one = earlyExitTime(spec({ batch: 1, images: { reach: [1, 0.5, 0.5] } }), given);
    const many = earlyExitTime(spec({ batch: 8, images: { reach: [1, 0.5, 0.5] } }), given);
    expect(one.expectedUs / one.denseUs).toBeLessThan(0.85);
    expect(many.expectedUs / many.denseUs).toBeGreaterThan(1);
  });

  test.each([
    [{ stages: [] }, "no stages"],
    [{ batch: 0 }, "batch 0"],
    [{ images: { reach: [1, 0.5] } }, "2 probabilities for 3 stages"],
    [
      { images: { reach: [1, 0.5, 0.6] } },
      "stage 2 is reached with probability 0.6, expected 0 to 0.5",
    ],
    [{ images: { reach: [0.9, 0.5, 0.2] } }, "stage 0 is reached with probability 0.9, expected 1"],
    [{ images: { exits: [] } }, "no exits of images"],
    [{ images: { exits: [3] } }, "an image leaves at stage 3, expected 0 to 2"],
    [{ policy: "hope" as never }, "policy 'hope'"],
  ])("refuses %j", (over, message) => {
    const attempt = () => earlyExitTime(spec(over), options);
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow(message);
  });
});
