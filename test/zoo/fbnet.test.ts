import { describe, expect, test } from "vitest";
import { analyze } from "../../src/ops/analyze.ts";
import { buildNetwork, FBNET_BLOCKS, fbnet, parseFbnet } from "../../src/zoo/index.ts";

const every = (block: string) => Array.from({ length: 22 }, () => block).join(" ");
const CHANNELS = [16, 24, 32, 64, 112, 184, 352];
const LAYERS = [1, 4, 4, 4, 4, 4, 1];

function paramsOf(blocks: string, resolution: number, classes: number): number {
  const graph = fbnet({ blocks, resolution, classes });
  return analyze(graph, { bind: { batch: 1 } }).totals.params;
}

/** A convolution without bias and its normalization's scale and shift. */
const convBn = (weights: number, channels: number) => weights + 2 * channels;

/** Counted by hand from table 1 of the paper; every network has stem, header and classifier. */
function ends(head: number, classes: number): number {
  return convBn(3 * 16 * 9, 16) + convBn(352 * head, head) + head * classes + classes;
}

describe("FBNet's space", () => {
  test("skips leave one 1x1 convolution where channels change", () => {
    let expected = ends(1504, 100);
    for (let s = 1; s < 7; s++) expected += convBn(CHANNELS[s - 1]! * CHANNELS[s]!, CHANNELS[s]!);
    expect(paramsOf(every("skip"), 32, 100)).toBe(expected);
  });

  test.each([
    ["k3_e6", 3, 6, 1],
    ["k5_e3", 5, 3, 1],
    ["k3_e1_g2", 3, 1, 2],
  ])("parameters of %s in all layers", (name, kernel, expansion, groups) => {
    let expected = ends(1984, 1000);
    let from = 16;
    CHANNELS.forEach((to, stage) => {
      for (let i = 0; i < LAYERS[stage]!; i++) {
        const hidden = from * expansion;
        expected += convBn((from * hidden) / groups, hidden);
        expected += convBn(hidden * kernel * kernel, hidden);
        expected += convBn((hidden * to) / groups, to);
        from = to;
      }
    });
    expect(paramsOf(every(name), 224, 1000)).toBe(expected);
  });

  test("is reduced 32 times on ImageNet and 8 times on CIFAR", () => {
    const side = (resolution: number) => {
      const { nodes } = analyze(fbnet({ resolution }), { bind: { batch: 1 } });
      return nodes.find((n) => n.node.name === "header.conv")!.outputs[0]!.shape!.at(-1);
    };
    expect(side(224)).toBe(7);
    expect(side(32)).toBe(4);
  });

  test("adds the input back where the shape stays, and shuffles between grouped convolutions", () => {
    const { nodes } = analyze(fbnet({ blocks: every("k5_e1_g2") }), { bind: { batch: 2 } });
    const count = (op: string) => nodes.filter((n) => n.node.op === op).length;
    // 22 layers; the first of stages 2 to 7 changes the channels.
    expect(count("Add")).toBe(22 - 6);
    expect(count("Transpose")).toBe(22);
  });

  test("names and indices are the same, and wrong ones are told", () => {
    expect(parseFbnet(every("k5_e6"))).toEqual(parseFbnet(every("7")));
    expect(FBNET_BLOCKS).toHaveLength(9);
    expect(() => parseFbnet("1 2 3")).toThrow(/3 blocks, expected 22/);
    expect(() => buildNetwork("fbnet", { blocks: every("k7_e6") })).toThrow(
      /unknown block 'k7_e6'/,
    );
  });
});
