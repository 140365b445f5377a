import { describe, expect, it } from "vitest";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { make, plainNet, residualNet } from "../networks.ts";

/** What the head's first node reads. */
const tapped = (network: ReturnType<typeof make>, exit: string) => {
  const first = network.graph.nodes.find(({ name }) => name.startsWith(`${exit}.`))!;
  return network.graph.nodes.find(({ outputs }) => outputs.includes(first.inputs[0]!))!;
};

describe("exits", () => {
  it("look behind a pooling that ends a stage, where their head is cheaper", () => {
    const network = make(plainNet(32), "exits");
    for (const stage of [1, 2])
      expect(tapped(network, `exit${stage}`).name).toBe(`stage${stage}.pool`);
  });

  it("look at a stage's end where a convolution halves the map", () => {
    const network = make(residualNet(), "exits");
    expect(tapped(network, "exit1").name).toBe("layer1.1.relu");
  });

  it("stand before the last convolution only: behind it they would save nothing", () => {
    expect(make(plainNet(32), "exits").plan.exits.map(({ name }) => name)).toEqual([
      "exit1",
      "exit2",
    ]);
    expect(() => make(plainNet(32), "exits:at=3")).toThrow(/stages 1, 2 to leave at, not 3/);
    const four = buildNetwork("vgg-cifar", { stages: 4, width: 0.25 });
    expect(make(four, "exits").plan.exits).toHaveLength(3);
  });
});
