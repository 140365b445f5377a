import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { waveBudgets } from "../../../src/dynamic/budget/waves.ts";
import { convert } from "../../../src/dynamic/convert.ts";
import { topCount } from "../../../src/dynamic/masks.ts";
import { parseMechanism } from "../../../src/dynamic/spec.ts";
import { bindBatch } from "../../../src/gpu/batch.ts";
import { TOLERANCE } from "../../../src/gpu/dynamic/budget.ts";
import { regionIn } from "../../../src/gpu/dynamic/index.ts";
import { loadDevice } from "../../../src/study/index.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";

const base = buildNetwork("resnet-cifar", {
  depth: 14,
  channels1: 64,
  channels2: 128,
  channels3: 256,
});
const attentive = (keep: number, block: number) =>
  convert(base, [parseMechanism(`attention:keep=${keep},block=${block},share=0`)], 0);

describe("budgets in whole waves", () => {
  it("grant the most blocks that cost no wave and no time, as trying every number does", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0.2, 0.35, 0.5),
        fc.constantFrom("jetson-nano", "jetson-orin-nano-8g", "rtx-2080-ti", "a100-80-pcie"),
        fc.constantFrom(1, 3, 8),
        fc.constantFrom(4, 8),
        (keep, name, batch, block) => {
          const network = attentive(keep, block);
          const options = {
            device: loadDevice(name),
            precision: "fp32",
            host: "cuda-graph",
          } as const;
          const result = waveBudgets(network, batch, options);
          const { analysis } = bindBatch(
            { ...network.graph, outputs: [network.graph.outputs[0]!] },
            batch,
          );
          for (const budget of result.regions) {
            const region = network.plan.regions.find((r) => r.name === budget.region)!;
            if (region.kind !== "spatial") throw new Error(region.kind);
            const at = regionIn(
              analysis,
              {
                name: region.name,
                nodes: [
                  ...region.nodes,
                  ...(region.sum === undefined ? [] : [region.sum]),
                  ...region.after,
                ],
                block: region.block,
                mask: { unit: "attention", select: "top-k" },
              },
              { ...options, batch },
            );
            expect(budget.asked).toBe(topCount(keep, budget.blocks));
            if (budget.verdict === "dense") {
              expect([budget.granted, budget.grantedUs]).toEqual([budget.blocks, budget.denseUs]);
              continue;
            }
            const own = at.time(batch * budget.asked);
            const free = (n: number) => {
              const { waves, latencyUs } = at.time(n);
              return waves <= own.waves && latencyUs <= own.latencyUs * (1 + TOLERANCE);
            };
            // The most for the batch, shared out evenly.
            let most = batch * budget.asked;
            for (let n = most; n <= batch * budget.blocks; n++) if (free(n)) most = n;
            expect(budget.granted).toBe(Math.floor(most / batch));
            expect(budget.granted).toBeGreaterThanOrEqual(budget.asked);
            expect(budget.grantedUs).toBeLessThan(budget.denseUs);
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it("are written into the plan, and the network is otherwise as it was", () => {
    const network = attentive(0.35, 8);
    const options = {
      device: loadDevice("jetson-nano"),
      precision: "fp32",
      host: "cuda-graph",
    } as const;
    const { network: out, regions } = waveBudgets(network, 1, options);
    expect(out.graph).toBe(network.graph);
    for (const budget of regions) {
      const region = out.plan.regions.find((r) => r.name === budget.region)!;
      if (region.kind !== "spatial" || region.keep.rule !== "top") throw new Error(region.kind);
      expect(topCount(region.keep.share, budget.blocks)).toBe(budget.granted);
    }
  });

  it("are for shares of blocks only", () => {
    const gated = convert(base, [parseMechanism("gates")], 0);
    const options = { device: loadDevice("t4") };
    expect(() => waveBudgets(gated, 1, options)).toThrow(
      /no region that keeps a share of its blocks/,
    );
  });
});
