import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import {
  type Activity,
  expectSame,
  feedsFor,
  formOf,
  type LayerPlan,
  networkOf,
  type RegionPlan,
  regionPlan,
  resultOf,
} from "./regions.ts";

/** The network, or undefined where the plan's windows do not fit into its image. */
function tryNetwork(plan: RegionPlan) {
  try {
    return networkOf(plan);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

const conv = (more: Partial<LayerPlan> = {}): LayerPlan => ({
  op: "conv",
  kernel: [3, 3],
  stride: [1, 1],
  dilation: 1,
  pads: [1, 1, 1, 1],
  filters: 16,
  grouped: false,
  normalized: true,
  activation: "Relu",
  ...more,
});

const residual: RegionPlan = {
  batch: "batch",
  channels: 16,
  height: 13,
  width: 16,
  block: 4,
  mode: "add",
  base: false,
  after: true,
  preActivated: false,
  layers: [conv(), conv({ activation: "none" })],
  seed: 3,
};

describe("blocks", () => {
  it("give what the masked dense form gives, for any region", { timeout: 120_000 }, async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        regionPlan,
        fc.constantFrom<Activity>("some", "some", "some", "all", "none"),
        fc.constantFrom(undefined, undefined, 0.4),
        async (plan, activity, denseAbove) => {
          const network = tryNetwork(plan);
          if (network === undefined) return;
          const masked = formOf(network, "masked");
          const options = denseAbove === undefined ? {} : { denseAbove };
          const blocked = formOf(network, "blocked", options);
          const feeds = feedsFor(masked, plan.seed, activity);
          expectSame(await resultOf(blocked, feeds), await resultOf(masked, feeds));
          runs++;
        },
      ),
      { numRuns: 150 },
    );
    expect(runs).toBeGreaterThan(75);
  });

  it("take any image size and batch where they are free, also none", async () => {
    for (const plan of [
      { ...residual, height: "height", width: "width" },
      { ...residual, height: "height", block: 5 },
      {
        ...residual,
        height: "height",
        width: "width",
        mode: "replace" as const,
        layers: [conv({ stride: [2, 2] }), conv({ op: "max", stride: [2, 2] }), conv()],
      },
    ]) {
      const network = networkOf(plan);
      const masked = formOf(network, "masked");
      for (const denseAbove of [undefined, 0.5]) {
        const options = denseAbove === undefined ? {} : { denseAbove };
        const blocked = formOf(network, "blocked", options);
        for (const batch of [2, 1, 0])
          for (const activity of ["some", "all", "none"] as const) {
            const bind = { batch, height: 9 + 4 * batch, width: 18 };
            const feeds = feedsFor(masked, batch, activity, bind);
            expectSame(await resultOf(blocked, feeds), await resultOf(masked, feeds));
          }
      }
    }
  });
});
