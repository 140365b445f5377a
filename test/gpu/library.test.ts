import { describe, expect, it } from "vitest";
import { hasUntunedChoices, untunedChoice } from "../../src/gpu/library.ts";
import { predict } from "../../src/gpu/predict.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { buildNetwork, nasBench201 } from "../../src/zoo/index.ts";
import { shipped } from "./shipped.ts";

describe("untunedChoice", () => {
  const { nodes } = analyze(buildNetwork("resnet18"), { bind: { batch: 8 } });
  const work = (name: string) => nodes.find((n) => n.node.name === name)!.work;

  it("is cuDNN 7's guess for 3x3 convolutions on Volta and Turing in FP32", () => {
    for (const id of ["rtx-2080-ti", "v100-sxm2"])
      expect(untunedChoice(work("layer1.0.conv1"), shipped(id), "fp32")).toEqual({
        algorithm: "winograd-nonfused",
      });
    for (const id of ["gtx-1080-ti", "p100-pcie", "rtx-3090"])
      expect(untunedChoice(work("layer1.0.conv1"), shipped(id), "fp32")).toBeUndefined();
    expect(untunedChoice(work("layer1.0.conv1"), shipped("t4"), "fp16")).toBeUndefined();
  });

  it("leaves other layers to the model", () => {
    const device = shipped("rtx-2080-ti");
    for (const name of ["conv1", "layer2.0.conv1", "layer2.0.downsample.0", "fc", "maxpool"])
      expect(untunedChoice(work(name), device, "fp32")).toBeUndefined();
  });

  it("gives way where the library is tuned or the network compiled", () => {
    const device = shipped("rtx-2080-ti");
    const algorithms = (options: { tuned?: boolean; host?: "compiled" }) =>
      new Set(
        predict(nasBench201("333333"), { device, batch: 256, ...options }).kernels.map(
          (k) => k.algorithm,
        ),
      );
    expect(algorithms({})).toContain("winograd-nonfused");
    expect(algorithms({})).not.toContain("winograd-fused");
    expect(algorithms({ tuned: true })).toContain("winograd-fused");
    expect(algorithms({ host: "compiled" })).toContain("winograd-fused");
    const notes = (tuned: boolean) =>
      predict(nasBench201("333333"), { device, batch: 1, tuned }).notes.join("\n");
    expect(notes(false)).toContain("cudnn.benchmark");
    expect(notes(true)).not.toContain("cudnn.benchmark");
    expect(hasUntunedChoices(device, "fp32")).toBe(true);
  });

  it("explains why a 3x3 edge takes longer on the newer board", () => {
    // Measured: 5.8 ms on the 2080 Ti, 3.8 ms on the 1080 Ti, more than x*0 takes.
    const edge = (id: string, tuned: boolean) => {
      const at = (cell: string) =>
        predict(nasBench201(cell), { device: shipped(id), batch: 256, tuned }).latencyMs;
      return (at("333333") - at("000000")) / 6;
    };
    expect(edge("rtx-2080-ti", false)).toBeGreaterThan(edge("gtx-1080-ti", false));
    expect(edge("rtx-2080-ti", true)).toBeLessThan(edge("gtx-1080-ti", true));
  });
});
