import { describe, expect, it } from "vitest";
import { deployed } from "../../src/dynamic/deploy/index.ts";
import { masked, withOutputs } from "../../src/dynamic/masked.ts";
import { macsOfInput, partCosts } from "../../src/dynamic/parts.ts";
import { subgraphs } from "../../src/graph/attribute.ts";
import type { Graph } from "../../src/graph/types.ts";
import {
  expectClose,
  images,
  make,
  outputsOf,
  residualNet,
  tinyNet,
  withDrawn,
} from "./networks.ts";

/** Positions of the first convolution's output that the blocks' second one reads, block by block. */
function executed(mask: ArrayLike<number>, grid: number, block: number) {
  let [first, second] = [0, 0];
  for (let at = 0; at < grid * grid; at++) {
    if (mask[at] !== 1) continue;
    const read = new Set<string>();
    const [top, left] = [Math.floor(at / grid) * block, (at % grid) * block];
    for (let y = top; y < top + block; y++)
      for (let x = left; x < left + block; x++) {
        second++;
        for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) read.add(`${y + dy},${x + dx}`);
      }
    first += read.size;
  }
  return { first, second };
}

describe("multiply-accumulates", () => {
  it("of an input are those of the positions that are executed, the gate's among them", async () => {
    for (const [spec, kernel] of [
      ["gates:block=4", 9],
      ["gates:block=2,kernel=1", 1],
      ["gates:block=3", 9],
    ] as const) {
      const network = withDrawn(make(tinyNet(), spec), /gate\./, 1);
      const { graph, masks, shares } = masked(network);
      const feeds = images(network.graph, 8, 3);
      const out = await outputsOf(withOutputs(graph, [masks[0]!, shares[0]!]), feeds);
      const { dims, data } = out[masks[0]!]!;
      const grid = dims[2]!;
      const block = Number(spec.match(/block=(\d)/)![1]);
      const parts = partCosts(network);
      const seen = new Set<number>();
      for (let i = 0; i < 8; i++) {
        const mask = (data as Float32Array).subarray(i * grid * grid, (i + 1) * grid * grid);
        const { first, second } = executed(mask, grid, block);
        const on = (out[shares[0]!]!.data as Float32Array)[i]!;
        // Above the break-even the whole map is computed instead.
        const all = on > Math.min(1, (0.72 * 72) / (((block + 2) ** 2 + block ** 2) * grid * grid));
        const branch = all ? 2 * 36 : first + second;
        const want = 36 * 4 * 2 * 9 + branch * 4 * 4 * 9 + 4 * 3 + grid * grid * 4 * kernel;
        expect(macsOfInput(parts, 0, () => on)).toBeCloseTo(want, 2);
        seen.add(on);
      }
      expect(seen.size).toBeGreaterThan(1);
    }
  });

  it("of a fixed share are known beforehand, and so is the path", () => {
    const operators = (graph: Graph): string[] =>
      graph.nodes.flatMap((n) => [n.op, ...subgraphs(n).flatMap(operators)]);
    const few = make(residualNet(32), "attention:keep=0.25");
    const most = make(residualNet(32), "attention:keep=0.9");
    expect(operators(deployed(few))).toContain("GatherND");
    expect(operators(deployed(most))).not.toContain("GatherND");
    const region = (network: typeof few) => partCosts(network)[0]!.regions[0]!;
    expect(region(most).on(0.9)).toBe(region(most).macs);
    // 4 of 16 blocks of 8 x 8 with one position around the first convolution's.
    expect(region(few).on(0.25)).toBe(4 * (10 * 10 + 8 * 8) * 8 * 8 * 9);
  });
});

describe("images of another size", () => {
  it("are taken where the network takes them, free or fixed", { timeout: 60_000 }, async () => {
    for (const spec of ["attention:keep=0.3,block=4", "attention:threshold=1", "gates:block=5"]) {
      const { graph, plan } = withDrawn(make(residualNet(16), spec), /gate\./, 1);
      for (const [height, width] of [
        ["height", "width"],
        [21, 26],
      ] as const) {
        const [input] = graph.inputs;
        const other = {
          graph: { ...graph, inputs: [{ ...input!, shape: ["batch", 3, height, width] }] },
          plan,
        };
        const dynamic = deployed(other);
        const form = masked(other);
        for (const n of [1, 3]) {
          const feeds = images(other.graph, n, n, { height: 21, width: 26 });
          const want = (await outputsOf(form.graph, feeds))[form.logits[0]!]!;
          expectClose((await outputsOf(dynamic, feeds))[dynamic.outputs[0]!.name]!, want);
        }
      }
    }
  });
});
