import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAssured } from "../../../src/dynamic/evaluation/assured.ts";
import {
  chooseKept,
  isAdjustable,
  type KeptScore,
  scaledPlan,
} from "../../../src/dynamic/evaluation/kept.ts";
import { paired } from "../../../src/dynamic/evaluation/paired.ts";
import type { DynamicNetwork } from "../../../src/dynamic/plan.ts";
import { make, residualNet } from "../networks.ts";

/** What regions keep, by their rule: for thresholds of some made-up scores. */
function shares({ plan }: DynamicNetwork): readonly number[] {
  return plan.regions.map((region) => {
    if (region.kind === "layer") return 1;
    if (region.keep.rule === "top") return Math.ceil(region.keep.share * 64) / 64;
    const { value } = region.keep;
    return Array.from({ length: 64 }, (_, i) => i / 32).filter((s) => s >= value).length / 64;
  });
}

/** Accuracy rises with what is kept, ever less; cost in proportion. */
const scoreOf = async (network: DynamicNetwork): Promise<KeptScore> => {
  const kept = shares(network);
  const mean = kept.reduce((a, b) => a + b, 0) / kept.length;
  return { accuracy: 0.5 + 0.4 * mean ** 0.3, macs: 100 + 900 * mean };
};

describe("how much attention keeps", () => {
  const networks = [
    make(residualNet(), "attention:keep=0.8+0.5+0.3,block=2"),
    make(residualNet(), "attention:threshold=1,block=2"),
    make(residualNet(), "attention:at=1,threshold=0.7", "attention:at=2+3,keep=0.4"),
  ];

  it("is the cheapest for an accuracy and the most accurate for a cost, of all factors", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...networks),
        fc.double({ min: 0.51, max: 0.899, noNaN: true }),
        fc.double({ min: 130, max: 990, noNaN: true }),
        async (network, atLeast, atMost) => {
          const all: KeptScore[] = [];
          for (let i = 0; i <= 600; i++) {
            const plan = scaledPlan(network.plan, Math.exp(((i - 300) / 300) * Math.log(1000)));
            all.push(await scoreOf({ graph: network.graph, plan }));
          }
          all.push(
            await scoreOf({ graph: network.graph, plan: scaledPlan(network.plan, Infinity) }),
          );
          const cheap = await chooseKept(network, { kind: "accuracy", atLeast }, scoreOf);
          const right = all.filter((s) => s.accuracy >= atLeast).map((s) => s.macs);
          expect(cheap.met).toBe(true);
          expect(cheap.choice.accuracy).toBeGreaterThanOrEqual(atLeast);
          expect(cheap.choice.macs).toBeLessThanOrEqual(Math.min(...right) + 1e-9);
          const best = await chooseKept(network, { kind: "cost", atMost }, scoreOf);
          const within = all.filter((s) => s.macs <= atMost).map((s) => s.accuracy);
          expect(best.met).toBe(true);
          expect(best.choice.macs).toBeLessThanOrEqual(atMost);
          expect(best.choice.accuracy).toBeGreaterThanOrEqual(Math.max(...within) - 1e-9);
          expect(await scoreOf(best.choice.network)).toEqual({
            accuracy: best.choice.accuracy,
            macs: best.choice.macs,
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  it("assures a loss by the test of the same samples, above all that fail it", async () => {
    const reference = new Uint8Array(1000).fill(1);
    // Of a thousand samples the more are lost the less is kept: the first ones.
    const correctOf = async (network: DynamicNetwork): Promise<KeptScore> => {
      const score = await scoreOf(network);
      const lost = Math.round(1000 * (0.9 - score.accuracy));
      return { ...score, correct: reference.map((_, i) => (i < lost ? 0 : 1)) };
    };
    for (const network of networks)
      for (const [loss, confidence] of [
        [0.05, 0.9],
        [0.1, 0.99],
      ] as const) {
        const target = { kind: "assured", loss, confidence, reference } as const;
        const { choice, met } = await chooseKept(network, target, correctOf);
        expect(met).toBe(true);
        const counts = paired(reference, choice.correct!);
        expect(isAssured(counts, target)).toBe(true);
        // What loses less than the margin, but not surely, is not taken: the plain target takes it.
        const plain = await chooseKept(network, { kind: "accuracy", atLeast: 0.9 - loss }, scoreOf);
        expect(choice.macs).toBeGreaterThan(plain.choice.macs);
        expect(plain.choice.accuracy).toBeGreaterThanOrEqual(0.9 - loss);
      }
    const target = { kind: "assured", loss: 0.001, confidence: 0.9, reference } as const;
    expect((await chooseKept(networks[0]!, target, correctOf)).met).toBe(false);
  });

  it("comes nearest to a target that cannot be met, and tells the limits", async () => {
    for (const network of networks) {
      const high = await chooseKept(network, { kind: "accuracy", atLeast: 0.95 }, scoreOf);
      expect(high.met).toBe(false);
      expect(high.limits.most).toMatchObject({ accuracy: 0.9, macs: 1000 });
      expect(high.choice).toMatchObject({ accuracy: 0.9, macs: 1000 });
      const low = await chooseKept(network, { kind: "cost", atMost: 90 }, scoreOf);
      expect(low.met).toBe(false);
      expect(low.choice.macs).toBe(low.limits.least.macs);
      expect(low.choice.macs).toBeGreaterThan(90);
    }
  });

  it("leaves gates alone", () => {
    expect(isAdjustable(make(residualNet(), "gates", "layers").plan)).toBe(false);
    expect(isAdjustable(networks[0]!.plan)).toBe(true);
    const { plan } = make(residualNet(), "gates:at=1", "attention:at=2+3", "layers");
    const scaled = scaledPlan(plan, 0.5);
    const rules = (of: typeof plan) =>
      of.regions.map((r) => (r.kind === "layer" ? r.threshold : r.keep));
    expect(rules(scaled).filter((r, i) => r !== rules(plan)[i])).toEqual([
      { rule: "top", share: 0.25 },
      { rule: "top", share: 0.25 },
    ]);
  });
});
