import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { inferGraph } from "../../src/ops/inference.ts";
import { buildNetwork, ZOO, zooNames } from "../../src/zoo/index.ts";

const counted = (name: string, parameters = {}) => {
  const analysis = analyze(buildNetwork(name, parameters), { bind: { batch: 1 } });
  expect(analysis.gaps).toEqual([]);
  return analysis.totals;
};

describe("networks", () => {
  // torchvision's published parameter counts; convolution MACs of the layers' shapes.
  it.each([
    ["resnet18", 11_689_512, 1_813_561_344],
    ["resnet34", 21_797_672, 3_663_249_408],
    ["resnet50", 25_557_032, 4_087_136_256],
    ["vgg16", 138_357_544, 15_346_630_656],
    ["mobilenet_v2", 3_504_872, 299_494_272],
  ])("%s has torchvision's parameters and MACs", (name, params, convMacs) => {
    const totals = counted(name);
    expect(totals.params).toBe(params);
    expect(totals.macsByOp.Conv).toBe(convMacs);
  });

  it("vgg16 with batch normalization has torchvision's parameters", () => {
    expect(counted("vgg16", { normalized: "yes" }).params).toBe(138_365_992);
  });

  // Width multipliers: torchvision's models built with width_mult.
  it("mobilenet_v2 scales its width as its authors do", () => {
    expect(counted("mobilenet_v2", { width: 0.5 }).params).toBe(1_968_680);
    expect(counted("mobilenet_v2", { width: 1.4 }).params).toBe(6_108_776);
  });

  // 0.27 M and 0.85 M in the paper (option A), plus two projections of 512 and 2,048 weights with
  // their normalizations.
  it.each([
    [20, 269_722 + 512 + 2048 + 2 * (32 + 64)],
    [32, 464_154 + 512 + 2048 + 2 * (32 + 64)],
    [56, 853_018 + 512 + 2048 + 2 * (32 + 64)],
  ])("the CIFAR ResNet of depth %i has the known parameters", (depth, params) => {
    expect(counted("resnet-cifar", { depth }).params).toBe(params);
  });

  it.each([
    [
      "resnet-cifar",
      { depth: 10, stages: 4 },
      ["1", "2", "3", "4"].map((n) => `layer${n}.0.conv2`),
    ],
    ["vgg-cifar", { stages: 4 }, ["1", "2", "3", "4"].map((n) => `stage${n}.conv2`)],
    ["vgg-cifar", { stages: 2 }, ["1", "2"].map((n) => `stage${n}.conv2`)],
  ])(
    "%s has as many stages as %o says, each at half the size of the last",
    (name, values, convs) => {
      const graph = buildNetwork(name, values);
      const { types } = inferGraph(graph, { batch: 1 });
      const last = graph.nodes.filter(({ name }) => name.endsWith("conv2"));
      expect(last.map(({ name }) => name)).toEqual(convs);
      expect(last.map(({ outputs }) => types.get(outputs[0]!)!.shape![2])).toEqual(
        convs.map((_, i) => 32 / 2 ** i),
      );
    },
  );

  it("takes each stage's channels as given", () => {
    const weight = (parameters: Record<string, number>, name: string) =>
      buildNetwork("resnet18", parameters).initializers.get(name)?.dims;
    expect(weight({ channels2: 100 }, "layer2.1.conv1.weight")).toEqual([100, 100, 3, 3]);
    expect(weight({ channels2: 100 }, "layer3.0.conv1.weight")).toEqual([256, 100, 3, 3]);
    // 100 x 0.5 to the nearest multiple of 8 that loses no more than a tenth.
    expect(weight({ channels2: 100, width: 0.5 }, "layer2.1.conv1.weight")).toEqual([48, 48, 3, 3]);
    // Half the width is about a quarter of the parameters.
    const ratio = counted("resnet18", { width: 0.5 }).params / counted("resnet18").params;
    expect(ratio).toBeGreaterThan(0.24);
    expect(ratio).toBeLessThan(0.28);
  });

  it.each([
    [{}, [16, 64, 64, 10], 0],
    [{ features: 4, classes: 3, depth: 0 }, [4, 3], 0],
    [{ features: 4, classes: 3, depth: 3, width: 32 }, [4, 32, 32, 32, 3], 0],
    [{ features: 4, classes: 3, depth: 1, width: 8, normalized: "yes" }, [4, 8, 3], 2 * 8],
  ])("mlp %j has the sizes of its layers", (parameters, sizes, normalization) => {
    const pairs = sizes.slice(1).map((out, i) => [sizes[i]!, out] as const);
    const { params, macs } = counted("mlp", parameters);
    expect(params).toBe(pairs.reduce((sum, [a, b]) => sum + (a + 1) * b, normalization));
    // Up to the normalization's own scaling.
    expect(macs - pairs.reduce((sum, [a, b]) => sum + a * b, 0)).toBeLessThanOrEqual(normalization);
  });

  it("folds batch normalization into the convolutions", () => {
    const nodes = buildNetwork("resnet18", {});
    const folded = buildNetwork("resnet18", { batchNorm: "folded" });
    expect(nodes.nodes.filter((n) => n.op === "BatchNormalization")).toHaveLength(20);
    expect(folded.nodes.filter((n) => n.op === "BatchNormalization")).toHaveLength(0);
    // A scale and a shift for each of 4,800 channels become one bias.
    expect(counted("resnet18").params - counted("resnet18", { batchNorm: "folded" }).params).toBe(
      4800,
    );
  });

  it("builds every network with its smallest and largest depth, and other resolutions", () => {
    const ofImages = zooNames.filter((name) =>
      ZOO.get(name)!.parameters.some((p) => p.name === "resolution"),
    );
    expect(zooNames.filter((name) => !ofImages.includes(name))).toEqual(["mlp"]);
    for (const name of ofImages)
      for (const resolution of [32, 64, 256]) {
        const { graph, types } = analyze(buildNetwork(name, { resolution, classes: 7 }), {
          bind: { batch: 3 },
        });
        expect(types.get(graph.outputs[0]!.name)?.shape).toEqual([3, 7]);
      }
  });

  it("draws the same weights whatever was read before", () => {
    const a = buildNetwork("resnet-cifar", {}).initializers;
    const b = buildNetwork("resnet-cifar", {}).initializers;
    const late = b.get("layer3.2.conv2.weight")!.bytes;
    for (const tensor of a.values()) expect(tensor.bytes.length).toBeGreaterThan(0);
    expect(a.get("layer3.2.conv2.weight")!.bytes).toEqual(late);
    const other = buildNetwork("resnet-cifar", { seed: 1 }).initializers;
    expect(other.get("layer3.2.conv2.weight")!.bytes).not.toEqual(late);
  });

  it("initialises convolutions with Kaiming's variance", () => {
    const { bytes, dims } = buildNetwork("resnet18").initializers.get("layer1.0.conv1.weight")!;
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    expect(dims).toEqual([64, 64, 3, 3]);
    const variance = values.reduce((s, v) => s + v * v, 0) / values.length;
    // 36,864 draws: the relative standard error of the variance is sqrt(2/n) = 0.74 %.
    expect(variance / (2 / (64 * 9))).toBeGreaterThan(0.96);
    expect(variance / (2 / (64 * 9))).toBeLessThan(1.04);
  });

  it("allocates no weights for building and counting", () => {
    const before = process.memoryUsage().arrayBuffers;
    const graph = buildNetwork("vgg16");
    analyze(graph, { bind: { batch: 1 } });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
    expect(graph.initializers.size).toBe(32);
  });
});

describe("registry", () => {
  it("names the nearest network, and the parameter, value and range of a mistake", () => {
    expect(() => buildNetwork("resnet81")).toThrow(UserError);
    expect(() => buildNetwork("resnet18", { widht: 1 })).toThrow("no parameter widht");
    expect(() => buildNetwork("resnet18", { width: 99 })).toThrow("width = 99");
    expect(() => buildNetwork("resnet18", { blocks1: 1.5 })).toThrow("an integer in [1, 64]");
    expect(() => buildNetwork("vgg16", { normalized: "maybe" })).toThrow("one of no, yes");
    expect(() => buildNetwork("resnet-cifar", { depth: 21 })).toThrow("depth 21, expected 6n + 2");
    expect(() => buildNetwork("vgg16", { resolution: 16 })).toThrow("window 2 > 1");
  });

  it("has a default within its own range for every parameter", () => {
    for (const { name, parameters } of ZOO.values())
      for (const p of parameters)
        expect(() => buildNetwork(name, { [p.name]: p.default })).not.toThrow();
  });
});
