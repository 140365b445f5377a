import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { extents } from "../../../src/gpu/dynamic/extents.ts";
import { regionIn, regionOf } from "../../../src/gpu/dynamic/index.ts";
import { RegionPlan } from "../../../src/gpu/dynamic/plan.ts";
import { regionGraph } from "../../../src/gpu/dynamic/region-graph.ts";
import { BlockStack } from "../../../src/gpu/dynamic/stack.ts";
import { signature } from "../../../src/gpu/predict.ts";
import { ints } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { zeros } from "../../../src/graph/tensor.ts";
import { analyze } from "../../../src/ops/analyze.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { anySpec, basicBlock, single, v100 } from "./specs.ts";

const planOf = (spec: Parameters<typeof regionGraph>[0]) => {
  const graph = regionGraph(spec, "r");
  return new RegionPlan(
    analyze(graph),
    graph.nodes.map((n) => n.name),
    { ...spec, name: "r" },
  );
};

describe("extents", () => {
  test("are the receptive field of a block, found by following every position back", () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const plan = planOf(spec);
        let reached = new Set(Array.from({ length: plan.grid.block[0] }, (_, i) => i));
        for (const { kernel, stride = 1 } of spec.convs.toReversed())
          reached = new Set(
            [...reached].flatMap((y) => Array.from({ length: kernel }, (_, k) => y * stride + k)),
          );
        const [rows] = plan.gathered[0]!;
        expect(rows).toBe(Math.max(...reached) - Math.min(...reached) + 1);
      }),
    );
  });

  // ((g + 2) / g)^2: the halo of one 3x3 convolution on what comes before it.
  test.each([
    [2, 4],
    [4, 2.25],
    [8, 1.5625],
  ])("halo of a block of %i", (block, cost) => {
    const [rows, columns] = planOf({ ...single, block }).gathered[0]!;
    expect((rows * columns) / block ** 2).toBe(cost);
  });

  test("two convolutions need both halos, and an addition reads the middle", () => {
    const plan = planOf(basicBlock);
    expect(plan.gathered).toEqual([[11, 11]]);
    const need = extents(plan.structure, [7, 7]);
    expect(need.get("conv1_out")).toEqual([9, 9]);
    expect(need.get("conv2_out")).toEqual([7, 7]);
  });
});

describe("a stack of blocks", () => {
  test("is to the engine what the analysis of such a network is", () => {
    fc.assert(
      fc.property(anySpec, fc.integer({ min: 1, max: 9 }), (spec, n) => {
        const plan = planOf(spec);
        const need = extents(plan.structure, plan.grid.block);
        const stack = new BlockStack(plan.structure, need).program(n);
        const [height, width] = plan.gathered[0]!;
        // The same chain as valid convolutions on [n, channels, rows, columns].
        const valid = regionGraph(
          {
            ...spec,
            batch: n,
            height,
            width,
            convs: spec.convs.map((conv) => ({ ...conv, padding: 0 })),
          },
          "valid",
        );
        expect(stack.nodes.map(signature)).toEqual(
          analyze(valid).nodes.map((node) => signature(node)),
        );
        expect(stack.nodes.map((node) => node.macs)).toEqual(
          analyze(valid).nodes.map((node) => node.macs),
        );
      }),
    );
  });
});

describe("regions of a network", () => {
  const network = buildNetwork("resnet18");
  const options = { device: v100, batch: 4, host: "compiled" as const };
  const nodes = network.nodes.map((n) => n.name).filter((n) => n.startsWith("layer2.1."));

  test("a residual block of ResNet-18 is the region of its sizes", () => {
    const inNetwork = regionIn(network, { nodes, block: 7 }, options);
    const bySizes = regionOf(
      {
        ...basicBlock,
        channels: 128,
        convs: [
          { channels: 128, kernel: 3, batchNorm: true },
          { channels: 128, kernel: 3, batchNorm: true },
        ],
      },
      options,
    );
    expect(inNetwork.plan.scatter).toBe("in-place");
    for (const n of [0, 1, 17, 64])
      expect(inNetwork.time(n).latencyUs).toBeCloseTo(bySizes.time(n).latencyUs, 6);
    expect(inNetwork.dense.macs).toBe(bySizes.dense.macs);
  });

  test.each([
    [["nowhere"], "the network computes no node nowhere"],
    [[], "no nodes"],
    [["maxpool"], "node maxpool (MaxPool) cannot be computed on blocks"],
    [["fc"], "node fc (Gemm) cannot be computed on blocks"],
    [["layer2.1.conv1", "layer2.1.conv2"], "2 results are read outside"],
  ])("refuses %j", (wrong, message) => {
    const attempt = () => regionIn(network, { nodes: wrong, block: 7 }, options);
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow(message);
  });

  test("refuses a gate on channels, which is no feature map of the region's shape", () => {
    const b = new GraphBuilder();
    const x = b.input("x", [1, 8, 16, 16]);
    const w = b.initializer("w", zeros("float32", [8, 8, 3, 3]));
    const y = b.add("Conv", [x, w], { pads: ints(1, 1, 1, 1) }, { name: "conv" });
    const gate = b.add("GlobalAveragePool", [x], {}, { name: "pool" });
    b.output(b.add("Mul", [y, gate], {}, { name: "mul" }));
    const attempt = () =>
      regionIn(b.build(), { nodes: ["conv", "mul"], block: 4 }, { device: v100 });
    expect(attempt).toThrow("node mul (Mul) reads [1, 8, 1, 1] for a result of [1, 8, 16, 16]");
  });

  test("refuses weights that are computed, and results that nothing reads", () => {
    const b = new GraphBuilder();
    const x = b.input("x", [1, 8, 16, 16]);
    const k = b.input("k", [8, 8, 3, 3]);
    const y = b.add("Conv", [x, k], { pads: ints(1, 1, 1, 1) }, { name: "conv" });
    b.add("Relu", [y], {}, { name: "dead" });
    b.output(b.add("Relu", [y], {}, { name: "relu" }));
    const at = (...nodes: readonly string[]) =>
      regionIn(b.build(), { nodes, block: 4 }, { device: v100 });
    expect(() => at("conv", "relu")).toThrow("node conv (Conv) computes its weight k at run time");
    expect(() => at("relu", "dead")).toThrow("nothing reads the result of node dead (Relu)");
    expect(at("relu").dense.macs).toBe(0);
  });
});
