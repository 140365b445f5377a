import { describe, expect, it } from "vitest";
import { hostFigures } from "../../src/gpu/host.ts";
import { lower, type Target } from "../../src/gpu/lower.ts";
import type { HostMode, Precision } from "../../src/gpu/types.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { shipped } from "./shipped.ts";

const { nodes } = analyze(buildNetwork("resnet18"), { bind: { batch: 4 } });
const named = (...names: readonly string[]) =>
  names.map((name) => nodes.find((n) => n.node.name === name)!);
const target = (host: HostMode, precision: Precision = "fp32"): Target => ({
  device: shipped("v100-sxm2"),
  precision,
  host: hostFigures(host),
  tuned: true,
});
/** One feature map of layer1: 4 x 64 x 56 x 56 elements. */
const MAP = 4 * 64 * 56 * 56;
const dram = (names: readonly string[], t: Target) =>
  lower(named(...names), t).kernels.reduce((sum, k) => sum + k.plan.dramBytes, 0);

describe("lower", () => {
  it("moves each operand of an elementwise node once", () => {
    expect(dram(["layer1.0.relu1"], target("eager"))).toBe(4 * 2 * MAP);
    expect(dram(["layer1.0.sum"], target("eager"))).toBe(4 * 3 * MAP);
    expect(dram(["layer1.0.sum"], target("eager", "fp16"))).toBe(2 * 3 * MAP);
  });

  it("keeps what is between fused elementwise nodes off the memory", () => {
    expect(dram(["layer1.0.sum", "layer1.0.relu"], target("compiled"))).toBe(4 * 3 * MAP);
  });

  it("adds to a convolution the residual's bytes and nothing for normalization", () => {
    for (const precision of ["fp32", "fp16"] as const) {
      const t = target("compiled", precision);
      const alone = dram(["layer2.0.downsample.0"], t);
      const normalized = dram(["layer2.0.downsample.0", "layer2.0.downsample.1"], t);
      const summed = dram(
        ["layer2.0.downsample.0", "layer2.0.downsample.1", "layer2.0.sum", "layer2.0.relu"],
        t,
      );
      const bytes = precision === "fp32" ? 4 : 2;
      // Scale, shift, mean and variance of 128 channels at most.
      expect(normalized - alone).toBeLessThanOrEqual(bytes * 4 * 128);
      expect(summed - normalized).toBe(bytes * 4 * 128 * 28 * 28);
    }
  });

  it("counts the operations of fused followers in the kernel", () => {
    const t = target("compiled", "fp16");
    const flops = (names: readonly string[]) =>
      lower(named(...names), t).kernels.reduce((sum, k) => sum + k.plan.flops, 0);
    const chain = ["layer2.0.downsample.0", "layer2.0.downsample.1", "layer2.0.sum"];
    expect(flops(chain) - flops(chain.slice(0, 1))).toBe(4 * 128 * 28 * 28);
  });

  it("launches nothing for views, and charges them to an eager host alone", () => {
    const eager = lower(named("avgpool.flatten"), target("eager"));
    expect(eager.kernels).toEqual([]);
    expect(eager.hostUs).toBeGreaterThan(0);
    expect(lower(named("avgpool.flatten"), target("compiled")).hostUs).toBe(0);
  });
});
