import { describe, expect, it } from "vitest";
import { tensorAttribute } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { withLiftedConstants } from "../../../src/graph/morph/lifted.ts";
import { float32s } from "../../../src/graph/tensor.ts";
import { nodeEngine } from "../../../src/runtime/index.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";

describe("constants as initializers", () => {
  it("leaves no Constant in MobileNetV2, and what it computes as it is", async () => {
    const graph = buildNetwork("mobilenet_v2", { width: 0.25, resolution: 32 });
    const lifted = withLiftedConstants(graph);
    expect(graph.nodes.some(({ op }) => op === "Constant")).toBe(true);
    expect(lifted.nodes.some(({ op }) => op === "Constant")).toBe(false);
    const data = Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => Math.sin(i));
    const run = async (network: typeof graph) => {
      const session = await nodeEngine.open(network, { threads: 1 });
      const feeds = { [network.inputs[0]!.name]: { dtype: "float32", dims: [1, 3, 32, 32], data } };
      const out = await session.run(feeds as never);
      await session.release();
      return Array.from(out[network.outputs[0]!.name]!.data as Float32Array);
    };
    expect(await run(lifted)).toEqual(await run(graph));
  });

  it("keeps a constant that is an output, and a graph without any", () => {
    const g = new GraphBuilder({ name: "c" });
    g.input("x", [1]);
    const value = tensorAttribute(float32s([2], [1]));
    g.add("Constant", [], { value }, { outputs: ["two"] });
    g.add("Add", ["x", "two"], {}, { outputs: ["y"] });
    g.output("y", [1]);
    g.output("two", [1]);
    const graph = g.build();
    expect(withLiftedConstants(graph)).toBe(graph);
    const plain = buildNetwork("resnet-cifar", { depth: 8 });
    expect(withLiftedConstants(plain)).toBe(plain);
  });
});
