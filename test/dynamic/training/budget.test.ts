import fc from "fast-check";
import { expect, it } from "vitest";
import { budgetLoss } from "../../../src/dynamic/training/budget.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { nodeEngine } from "../../../src/runtime/index.ts";
import { Formula } from "../../../src/runtime/training/formula.ts";
import { builderFor } from "../../../src/runtime/training/replay.ts";

/** DynConv's loss.py, written out in doubles. */
function expected(
  terms: readonly { share: number; target: number; macs: number }[],
  progress: number,
  weight: number,
) {
  const total = terms.reduce((sum, { macs }) => sum + macs, 0);
  const done = terms.reduce((sum, t) => sum + (t.share * t.macs) / total, 0);
  const wanted = terms.reduce((sum, t) => sum + (t.target * t.macs) / total, 0);
  const q = Math.cos((Math.min(progress / 0.33, 1) * Math.PI) / 2) ** 2;
  let bounds = 0;
  for (const { share, target } of terms) {
    const high = 1 - q * (1 - target);
    const low = q * target;
    bounds += Math.max(0, share - high) ** 2 + Math.max(0, low - share) ** 2;
  }
  return { loss: weight * ((done - wanted) ** 2 + bounds / terms.length), share: done };
}

it("is the squared distance to the budget and to bounds that open in the first third", async () => {
  // Thousandths: doubles drawn by their bits lie near 0 almost always.
  const part = fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ share: part, target: part, macs: fc.integer({ min: 1, max: 1e6 }) }), {
        minLength: 1,
        maxLength: 4,
      }),
      part,
      async (terms, progress) => {
        const builder = builderFor(new GraphBuilder({ name: "budget" }).build());
        const v = new Formula(builder);
        builder.input("progress", []);
        const inputs = terms.map((_, i) => builder.input(`share${i}`, []));
        const out = budgetLoss(
          v,
          terms.map(({ target, macs }, i) => ({ share: inputs[i]!, target, macs })),
          "progress",
          10,
        );
        builder.output(out.loss, []);
        builder.output(out.share, []);
        const session = await nodeEngine.open(builder.build(), { threads: 1, optimize: "none" });
        const scalar = (value: number) =>
          ({ dtype: "float32", dims: [], data: Float32Array.of(value) }) as const;
        const have = await session.run({
          progress: scalar(progress),
          ...Object.fromEntries(terms.map(({ share }, i) => [`share${i}`, scalar(share)])),
        });
        await session.release();
        const want = expected(terms, progress, 10);
        expect(have[out.loss]!.data[0]).toBeCloseTo(want.loss, 4);
        expect(have[out.share]!.data[0]).toBeCloseTo(want.share, 5);
      },
    ),
    { numRuns: 40 },
  );
});
