import { describe, expect, it } from "vitest";
import { eagerUs, hostFigures } from "../../src/gpu/host.ts";
import { HOST_MODES } from "../../src/gpu/types.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { buildNetwork } from "../../src/zoo/index.ts";

describe("hostFigures", () => {
  it("gets cheaper from eager to compiled to a captured graph", () => {
    const [eager, compiled, graph] = HOST_MODES.map((mode) => hostFigures(mode));
    expect(eager!.usPerOp).toBeGreaterThan(compiled!.usPerOp);
    expect(compiled!.usPerOp).toBeGreaterThan(graph!.usPerOp);
    expect([eager!.fuses, compiled!.fuses, graph!.fuses]).toEqual([false, true, true]);
  });

  it("scales to the user's host, and leaves a captured graph alone", () => {
    const base = hostFigures("eager");
    const slow = hostFigures("eager", 2 * base.usPerOp);
    expect(slow.usPerOp).toBe(2 * base.usPerOp);
    expect(slow.usPerLaunch).toBe(2 * base.usPerLaunch);
    expect(slow.gapUs).toBe(base.gapUs);
    expect(hostFigures("cuda-graph", 50)).toEqual(hostFigures("cuda-graph"));
  });

  it("charges contractions and normalizations more than elementwise nodes, views least", () => {
    const { nodes } = analyze(buildNetwork("resnet18"), { bind: { batch: 1 } });
    const cost = (name: string) =>
      eagerUs(nodes.find((n) => n.node.name === name)!, hostFigures("eager"));
    const relu = cost("layer1.0.relu1");
    expect(relu).toBe(hostFigures("eager").usPerOp);
    expect(cost("layer1.0.sum")).toBe(relu);
    expect(cost("layer1.0.conv1")).toBeGreaterThan(2 * relu);
    expect(cost("layer1.0.bn1")).toBeGreaterThan(2 * relu);
    expect(cost("fc")).toBe(cost("conv1"));
    expect(cost("avgpool.flatten")).toBeLessThan(relu);
  });
});
