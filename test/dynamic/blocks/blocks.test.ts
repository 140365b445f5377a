import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import {
  type Activity,
  conv,
  expectSame,
  feedsFor,
  formOf,
  networkOf,
  type RegionPlan,
  regionPlan,
  residual,
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

  it("give the same values on lists of pixels", { timeout: 120_000 }, async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        regionPlan,
        fc.constantFrom<Activity>("some", "some", "some", "all", "none"),
        fc.constantFrom(undefined, 0.4),
        async (drawn, activity, above) => {
          const layers = drawn.layers.map((l) => ({ ...l, op: "conv" as const, grouped: false }));
          const plan = { ...drawn, layers, preActivated: false };
          const network = tryNetwork(plan);
          if (network === undefined) return;
          const masked = formOf(network, "masked");
          const method = { method: "pixels" } as const;
          const options = above === undefined ? method : { ...method, denseAbove: above };
          const feeds = feedsFor(masked, plan.seed, activity);
          const blocked = formOf(network, "blocked", options);
          expectSame(await resultOf(blocked, feeds), await resultOf(masked, feeds));
          runs++;
        },
      ),
      { numRuns: 80 },
    );
    expect(runs).toBeGreaterThan(40);
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

  it("take any batch on lists of pixels, also none, with strides between", async () => {
    const strided = [conv({ stride: [2, 2] }), conv({ stride: [2, 1], dilation: 2 }), conv()];
    for (const plan of [residual, { ...residual, mode: "replace" as const, layers: strided }]) {
      const network = networkOf(plan);
      const masked = formOf(network, "masked");
      for (const options of [{}, { denseAbove: 0.5 }]) {
        const blocked = formOf(network, "blocked", { ...options, method: "pixels" });
        for (const batch of [2, 1, 0])
          for (const activity of ["some", "all", "none"] as const) {
            const feeds = feedsFor(masked, batch, activity, { batch });
            expectSame(await resultOf(blocked, feeds), await resultOf(masked, feeds));
          }
      }
    }
  });
});
