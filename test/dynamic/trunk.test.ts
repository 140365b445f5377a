import { describe, expect, it } from "vitest";
import { residualsOf } from "../../src/dynamic/residuals.ts";
import { cutsOf, stagesOf } from "../../src/dynamic/trunk.ts";
import { buildNetwork } from "../../src/zoo/index.ts";

const stages = (name: string, values = {}) => {
  const graph = buildNetwork(name, values);
  return { graph, stages: stagesOf(cutsOf(graph, graph.outputs[0]!.name)) };
};

describe("stages of a trunk", () => {
  it("are the resolutions of a residual network, each ending with a block's ReLU", () => {
    const { stages: found } = stages("resnet-cifar", { depth: 14 });
    expect(found.map(({ height, end }) => [height, end.value, end.channels])).toEqual([
      [32, "layer1.1.relu_out", 16],
      [16, "layer2.1.relu_out", 32],
      [8, "layer3.1.relu_out", 64],
    ]);
    // Inside a block two values are alive: the branch is no cut.
    const values = found.flatMap((stage) => stage.cuts.map((cut) => cut.value));
    expect(values).not.toContain("layer1.0.conv1_out");
    expect(values).toContain("layer1.0.sum_out");
  });

  it("are the resolutions of a plain network; one position is no stage", () => {
    const { stages: found } = stages("vgg-cifar");
    expect(found.map((stage) => stage.height)).toEqual([32, 16, 8, 4]);
    expect(found[0]!.end.value).toBe("stage1.relu2_out");
  });
});

describe("residual blocks", () => {
  it("are those with an identity shortcut", () => {
    const { graph, stages: found } = stages("resnet-cifar", { depth: 14 });
    const residuals = residualsOf(graph, found);
    // Two blocks a stage; the first of stages 2 and 3 has a projection.
    expect(residuals.map((r) => [r.stage, r.sum])).toEqual([
      [1, "layer1.0.sum"],
      [1, "layer1.1.sum"],
      [2, "layer2.1.sum"],
      [3, "layer3.1.sum"],
    ]);
    expect(residuals[0]!.nodes).toEqual([
      "layer1.0.conv1",
      "layer1.0.bn1",
      "layer1.0.relu1",
      "layer1.0.conv2",
      "layer1.0.bn2",
    ]);
  });

  it("of MobileNetV2 are its inverted residuals of stride 1", () => {
    const { graph, stages: found } = stages("mobilenet_v2", { resolution: 64 });
    // Repetitions beyond the first of each row of table 2 (Sandler et al. 2018): 1 + 2 + 3 + 2 + 2.
    expect(residualsOf(graph, found)).toHaveLength(10);
  });

  it("are not there in a plain network", () => {
    const { graph, stages: found } = stages("vgg-cifar");
    expect(residualsOf(graph, found)).toEqual([]);
  });
});
