import { describe, expect, it } from "vitest";
import { convert } from "../../../src/dynamic/convert.ts";
import { exitStages, predictedTime } from "../../../src/dynamic/evaluation/predicted.ts";
import { macsOfInput, partCosts } from "../../../src/dynamic/parts.ts";
import { parseMechanism } from "../../../src/dynamic/spec.ts";
import { analyze } from "../../../src/ops/analyze.ts";
import { loadDevice } from "../../../src/study/index.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { withDrawn } from "../networks.ts";

const dense = buildNetwork("vgg-cifar");
const network = convert(dense, ["exits:at=2,width=16", "multires"].map(parseMechanism), 1);
const options = {
  device: loadDevice("jetson-nano"),
  precision: "fp32",
  host: "cuda-graph",
} as const;

describe("parts between exits", () => {
  it("are whole graphs whose MACs are those of the part", () => {
    const untrained = exitStages(network).reduce((n, { graph }) => n + graph.nodes.length, 0);
    const trained = withDrawn(network, /join/, 0.1);
    const stages = exitStages(trained);
    const costs = partCosts(trained);
    // A join that adds nothing is not there: a convolution and a sum.
    expect(untrained).toBe(stages.reduce((n, { graph }) => n + graph.nodes.length, 0) - 2);
    expect(stages.map((stage) => stage.name)).toEqual(["coarse", "exit2", "end"]);
    for (const [i, { graph }] of stages.entries())
      expect(analyze(graph).totals.macs).toBe(costs[i]!.macs);
    // All of them are the whole network.
    const all = analyze(network.graph).totals.macs;
    expect(macsOfInput(costs, 2, () => 1)).toBe(all);
    expect(macsOfInput(costs, 0, () => 1)).toBe(costs[0]!.macs);
  });

  it("count a gated branch where it is on", () => {
    const gated = convert(
      buildNetwork("resnet-cifar", { depth: 14 }),
      ["layers", "exits:at=1"].map(parseMechanism),
      1,
    );
    const costs = partCosts(gated);
    const all = macsOfInput(costs, 1, () => 1);
    expect(all).toBe(analyze(gated.graph).totals.macs);
    // A branch of the first stage: two 3x3 convolutions of 16 channels on 32x32.
    const branch = 2 * 9 * 16 * 16 * 32 * 32;
    expect(all - macsOfInput(costs, 1, (region) => (region === 0 ? 0 : 1))).toBe(branch);
    expect(all - macsOfInput(costs, 1, (region) => (region === 0 ? 0.25 : 1))).toBe(0.75 * branch);
  });
});

describe("predicted time", () => {
  it("lies between that of the first exit and of the end, and grows with who goes on", () => {
    const at = (exits: number[]) => predictedTime(network, dense, exits, 32, options);
    const [easy, mixed, hard] = [at([0, 0, 0, 0]), at([0, 0, 2, 1]), at([2, 2, 2, 2])];
    expect(easy.expectedMs).toBeLessThan(mixed.expectedMs);
    expect(mixed.expectedMs).toBeLessThan(hard.expectedMs);
    expect(hard.expectedMs).toBeGreaterThan(hard.denseMs);
    // At worst all but one go on, and are moved to a smaller batch besides.
    expect(mixed.worstMs).toBeGreaterThanOrEqual(hard.expectedMs);
    expect(mixed.worstMs).toBeLessThan(1.1 * hard.expectedMs);
    expect(mixed.speedup).toBeCloseTo(mixed.denseMs / mixed.expectedMs, 9);
  });

  it("falls with the shares of regions that were on, and does not where they are unknown", () => {
    const wide = buildNetwork("resnet-cifar", {
      depth: 14,
      channels1: 64,
      channels2: 128,
      channels3: 256,
    });
    for (const mechanism of ["layers", "gates", "attention:threshold=1"]) {
      const gated = convert(wide, [mechanism, "exits:at=2"].map(parseMechanism), 1);
      const exits = [0, 1, 1, 0];
      const at = (share: number | undefined) =>
        predictedTime(
          gated,
          wide,
          exits,
          32,
          options,
          share === undefined
            ? undefined
            : gated.plan.regions.map(() => Float32Array.from(exits, () => share)),
        );
      const [none, all, unknown] = [at(0), at(1), at(undefined)];
      expect([none.regionsOn, unknown.regionsOn]).toEqual([false, true]);
      expect(none.expectedMs).toBeLessThan(0.8 * all.expectedMs);
      // What decides and waits comes on top.
      expect(all.expectedMs).toBeGreaterThan(unknown.expectedMs);
      const some = predictedTime(
        gated,
        wide,
        exits,
        32,
        options,
        gated.plan.regions.map(() => Float32Array.of(1, 0, 1, 0)),
      );
      expect(some.expectedMs).toBeGreaterThan(none.expectedMs);
      expect(some.expectedMs).toBeLessThan(all.expectedMs);
    }
  });
});
