import { describe, expect, it } from "vitest";
import { blockSide } from "../../../src/dynamic/curve/block-side.ts";
import { parseRegion } from "../../../src/dynamic/curve/region-size.ts";
import { regionsOf } from "../../../src/dynamic/curve/regions.ts";
import { regionIn } from "../../../src/gpu/dynamic/index.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { zeros } from "../../../src/graph/tensor.ts";
import { analyze } from "../../../src/ops/analyze.ts";
import { loadDevice } from "../../../src/study/index.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { userError } from "../../study/helpers.ts";

const analysed = (name: string, settings = {}, batch = 2) =>
  analyze(buildNetwork(name, settings), { bind: { batch } });

describe("regions of a network", () => {
  it("are the identity blocks of a ResNet-50, those that are alike once", () => {
    const analysis = analysed("resnet50");
    const { regions, left, share } = regionsOf(analysis);
    // He et al. 2016, table 1: 3, 4, 6 and 3 blocks, the first of each with a projection.
    expect(regions.map(({ times, height, channels }) => [times, height, channels])).toEqual([
      [2, 56, 256],
      [3, 28, 512],
      [5, 14, 1024],
      [2, 7, 2048],
    ]);
    expect(left).toEqual([]);
    // Each block: 1x1, 3x3 and 1x1 convolutions of a quarter of the channels in the middle.
    const block = (c: number, side: number) => 2 * side * side * (c / 4) * (c + (9 * c) / 4 + c);
    expect(regions.map((each) => each.macs)).toEqual(
      regions.map(({ times, height, channels }) => times * block(channels, height)),
    );
    const all = regions.reduce((sum, each) => sum + each.macs, 0);
    expect(share).toBeCloseTo(all / analysis.totals.macs, 12);
  });

  it("end with the activation that alone reads the sum", () => {
    const analysis = analysed("resnet18");
    const { regions } = regionsOf(analysis);
    const ops = new Map(analysis.nodes.map(({ node }) => [node.name, node.op]));
    const convolutions = (nodes: readonly string[]) =>
      nodes.filter((name) => ops.get(name) === "Conv").length;
    for (const { nodes } of regions) {
      expect(nodes.slice(-2).map((name) => ops.get(name))).toEqual(["Add", "Relu"]);
      expect(convolutions(nodes)).toBe(2);
    }
  });

  it("are runs of at most two convolutions of one shape where there are no residual blocks", () => {
    const analysis = analysed("vgg16");
    const { regions } = regionsOf(analysis);
    const ops = new Map(analysis.nodes.map(({ node }) => [node.name, node.op]));
    for (const { kind, nodes } of regions) {
      expect(kind).toBe("run");
      expect(ops.get(nodes[0]!)).toBe("Conv");
      const count = nodes.filter((name) => ops.get(name) === "Conv").length;
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThanOrEqual(2);
    }
    // Simonyan and Zisserman 2015, D: of 2-2-3-3-3 convolutions those that keep the channels, the
    // last stage's three among them, since the stage before has as many.
    const convs = regions.flatMap(({ nodes, times }) =>
      Array(times).fill(nodes.filter((name) => ops.get(name) === "Conv").length),
    );
    expect(convs.reduce((a, b) => a + b, 0)).toBe(1 + 1 + 2 + 2 + 3);
  });

  it("can all be computed on blocks of the default side", () => {
    const device = loadDevice("v100-sxm2");
    for (const name of ["resnet18", "vgg16", "resnet-cifar", "vgg-cifar", "mobilenet_v2"]) {
      const analysis = analysed(name);
      for (const region of regionsOf(analysis).regions) {
        const block = [blockSide(region.height), blockSide(region.width)] as const;
        const { blocks, time } = regionOnDevice(region.nodes, block);
        expect(blocks).toBeGreaterThan(1);
        expect(time).toBeGreaterThan(0);
      }
      function regionOnDevice(nodes: readonly string[], block: readonly [number, number]) {
        const region = regionIn(analysis, { nodes, block }, { device, batch: 2 });
        return { blocks: region.blocks, time: region.time(1).latencyUs };
      }
    }
  });

  it("leave branches dense that look at the whole map, and name what does", () => {
    const { left } = regionsOf(analyze(withPool(), {}));
    expect(left).toEqual([{ name: "conv", op: "GlobalAveragePool" }]);
  });

  it("need an image", async () => {
    const analysis = analysed("mlp");
    expect(await userError(() => regionsOf(analysis))).toMatch(
      /first input is \[.*\], expected \[batch, channels, height, width\]/,
    );
  });
});

/** x + conv(x) times the mean of conv(x). */
function withPool() {
  const b = new GraphBuilder({ name: "gated" });
  const image = b.input("image", [1, 4, 8, 8]);
  const weight = (name: string) => b.initializer(name, zeros("float32", [4, 4, 1, 1]));
  const x = b.add("Conv", [image, weight("w0")], {}, { name: "stem" });
  const y = b.add("Conv", [x, weight("w1")], {}, { name: "conv" });
  const mean = b.add("GlobalAveragePool", [y], {}, { name: "pool" });
  const gated = b.add("Mul", [y, mean], {}, { name: "gate" });
  const sum = b.add("Add", [x, gated], {}, { name: "sum" });
  b.output(b.add("GlobalAveragePool", [sum], {}, { name: "end" }));
  return b.build();
}

describe("the side of a block", () => {
  it.each([
    [56, 8],
    [32, 8],
    [28, 7],
    [14, 7],
    [8, 4],
    [7, 4],
    [4, 2],
    [1, 1],
    [13, 7],
  ])("of a map of %i is %i", (side, block) => {
    expect(blockSide(side)).toBe(block);
  });
});

describe("a region by its sizes", () => {
  it("is a residual block of two 3x3 convolutions unless it says otherwise", () => {
    expect(parseRegion("64x56x28")).toEqual({
      name: "64x56x28",
      channels: 64,
      height: 56,
      width: 28,
      convs: [
        { channels: 64, kernel: 3 },
        { channels: 64, kernel: 3 },
      ],
      residual: true,
    });
    const odd = parseRegion("8x4x4:convs=1,kernel=5,residual=0");
    expect(odd.convs).toEqual([{ channels: 8, kernel: 5 }]);
    expect(odd.residual).toBe(false);
  });

  it.each([
    ["64x56", /no CHANNELSxHEIGHTxWIDTH/],
    ["0x8x8", /no CHANNELSxHEIGHTxWIDTH/],
    ["8x8x8:conv=2", /no setting 'conv'\ndid you mean convs/],
    ["8x8x8:kernel=1.5", /kernel = '1.5', expected a whole number from 1 to 64/],
    ["8x8x8:residual=2", /residual = '2', expected a whole number from 0 to 1/],
    ["8x8x8:convs=", /convs = ''/],
  ])("refuses %s", async (text, message) => {
    expect(await userError(() => parseRegion(text))).toMatch(message);
  });
});
