import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deployed, EXIT } from "../../../src/dynamic/deploy/index.ts";
import { masked, withOutputs } from "../../../src/dynamic/masked.ts";
import { isSpatial, type Spatial } from "../../../src/dynamic/plan.ts";
import type { Graph } from "../../../src/graph/types.ts";
import type { DenseTensor } from "../../../src/runtime/types.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import {
  expectClose,
  firstOf,
  images,
  make,
  outputsOf,
  plainNet,
  reading,
  residualNet,
  tinyNet,
  trained,
  withDrawn,
} from "../networks.ts";

const floatsOf = (tensor: DenseTensor) => tensor.data as Float32Array;

/** Mean of each block over channels and its positions, and which blocks a rule keeps: by hand. */
function keptByHand(x: DenseTensor, region: Spatial) {
  const [n, c, h, w] = x.dims as [number, number, number, number];
  const g = region.block;
  const [rows, columns] = [Math.ceil(h / g), Math.ceil(w / g)];
  const data = floatsOf(x);
  return Array.from({ length: n }, (_, i) => {
    const sums = new Float64Array(rows * columns);
    const counts = new Float64Array(rows * columns);
    for (let k = 0; k < c; k++)
      for (let y = 0; y < h; y++)
        for (let z = 0; z < w; z++) {
          const block = Math.floor(y / g) * columns + Math.floor(z / g);
          sums[block]! += data[((i * c + k) * h + y) * w + z]!;
          counts[block]!++;
        }
    const means = Array.from(sums, (sum, b) => sum / counts[b]!);
    if (region.keep.rule === "top") {
      const order = means.map((_, b) => b).sort((a, b) => means[b]! - means[a]! || a - b);
      const kept = new Set(order.slice(0, Math.ceil(region.keep.share * means.length - 1e-6)));
      return means.map((_, b) => kept.has(b));
    }
    const { value } = region.keep;
    const mean = means.reduce((a, b) => a + b, 0) / means.length;
    return means.map((m) => m >= value * mean);
  });
}

describe("attention", () => {
  it("keeps the most active blocks, edges and all; other positions pass their input on", async () => {
    for (const [network, spec] of [
      [residualNet(18), "attention:block=4,keep=0.4"],
      [residualNet(16), "attention:block=8+4+3,keep=0.5+0.25+0.7"],
      [plainNet(20), "attention:block=6+4+2,threshold=1.05"],
    ] as const) {
      const converted = make(network, spec);
      const { graph, shares } = masked(converted);
      const first = converted.plan.regions.find(isSpatial)!;
      const dense = reading(network, first.input, first.result);
      const feeds = images(network, 3, 4);
      const values = await outputsOf(dense, feeds);
      const have = await outputsOf(withOutputs(graph, [first.result, shares[0]!]), feeds);
      const x = values[first.input]!;
      const kept = keptByHand(x, first);
      const [, c, h, w] = x.dims as [number, number, number, number];
      const columns = Math.ceil(w / first.block);
      const y = floatsOf(values[first.result]!);
      const want = floatsOf(x).map((v, at) => {
        const [i, p] = [Math.floor(at / (c * h * w)), at % (h * w)];
        const block =
          Math.floor(Math.floor(p / w) / first.block) * columns + Math.floor((p % w) / first.block);
        return kept[i]![block]! ? y[at]! : v;
      });
      expectClose(have[first.result]!, { dtype: "float32", dims: x.dims, data: want });
      const on = kept.map((row) => row.filter(Boolean).length / row.length);
      expect(on.every((share) => share > 0 && share < 1)).toBe(true);
      Array.from(floatsOf(have[shares[0]!]!)).forEach((share, i) => {
        expect(share).toBeCloseTo(on[i]!, 6);
      });
    }
  });

  it("changes nothing where all is kept", async () => {
    for (const network of [residualNet(), plainNet()]) {
      const feeds = images(network, 3, 5);
      const want = await firstOf(network, feeds);
      for (const spec of ["attention:keep=1", "attention:threshold=0.000001"]) {
        const converted = make(network, spec);
        expectClose(await firstOf(masked(converted).graph, feeds), want);
        expectClose(await firstOf(deployed(converted), feeds), want);
      }
    }
  });

  it("computes nothing of a region where nothing is kept", async () => {
    for (const spec of ["attention:keep=0", "attention:threshold=1000"]) {
      const converted = make(residualNet(16, 8), spec);
      const [first] = converted.plan.regions.filter(isSpatial);
      const feeds = images(converted.graph, 2, 5);
      const x = await firstOf(reading(converted.graph, first!.input), feeds);
      const form = masked(converted);
      expectClose(await firstOf(withOutputs(form.graph, [first!.result]), feeds), x);
      expectClose(await firstOf(deployed(converted), feeds), await firstOf(form.graph, feeds));
    }
  });

  it("deploys a region that no input needs as nothing, between others, at any batch", async () => {
    const wide = buildNetwork("resnet-cifar", {
      depth: 14,
      channels1: 16,
      channels2: 16,
      resolution: 28,
    });
    for (const options of ["keep=0", "at=1,keep=0", "share=0,keep=0.3+0+0.3"]) {
      const converted = make(trained(wide), `attention:${options}`, "exits");
      const graph = deployed(converted);
      for (const batch of [1, 3]) {
        const feeds = images(converted.graph, batch, 5);
        expectClose(await firstOf(graph, feeds), await firstOf(masked(converted).graph, feeds));
      }
    }
  });

  it("leaves branches dense whose operators blocks cannot compute, names and counts them", () => {
    /** Squeeze and excitation's way: the branch times its own mean over space. */
    const excited = (network: Graph, branch: string, sum: string): Graph => {
      const g = (name: string, op: string, inputs: string[]) => ({
        name: `${branch}.${name}`,
        op,
        domain: "",
        inputs,
        outputs: [`${branch}.${name}_out`],
        attributes: {},
      });
      const added = [
        g("mean", "GlobalAveragePool", [branch]),
        g("scaled", "Mul", [branch, `${branch}.mean_out`]),
      ];
      return {
        ...network,
        nodes: network.nodes.flatMap((node) =>
          node.name !== sum
            ? [node]
            : [
                ...added,
                {
                  ...node,
                  inputs: node.inputs.map((name) =>
                    name === branch ? `${branch}.scaled_out` : name,
                  ),
                },
              ],
        ),
      };
    };
    const one = excited(residualNet(), "layer1.0.bn2_out", "layer1.0.sum");
    const { plan } = make(one, "attention");
    expect(plan.regions).toHaveLength(3);
    expect(plan.dense).toEqual({ GlobalAveragePool: 1, Mul: 1 });
    expect(() => make(excited(tinyNet(), "conv2_out", "sum"), "attention")).toThrow(
      "which blocks could compute; conv2_out.mean (GlobalAveragePool): no block execution knows the operator; conv2_out.scaled (Mul): more than one of its operands is computed",
    );
  });

  it("finds branches of stride 1, and in plain networks convolutions that keep channels and size", () => {
    const regions = (network: ReturnType<typeof residualNet>, spec: string) =>
      make(network, spec).plan.regions.filter(isSpatial);
    expect(
      regions(residualNet(), "attention").map((r) => [r.nodes.length, r.sum, r.after, r.result]),
    ).toEqual([
      [5, "layer1.0.sum", ["layer1.0.relu"], "layer1.0.relu_out"],
      [5, "layer1.1.sum", ["layer1.1.relu"], "layer1.1.relu_out"],
      [5, "layer2.1.sum", ["layer2.1.relu"], "layer2.1.relu_out"],
      [5, "layer3.1.sum", ["layer3.1.relu"], "layer3.1.relu_out"],
    ]);
    // Stage 2 has the channels of stage 1 and begins with a region, stage 3 has others.
    expect(
      regions(plainNet(), "attention").map((r) => [r.input, r.result, r.nodes.length]),
    ).toEqual([
      ["stage1.relu1_out", "stage1.relu2_out", 3],
      ["stage1.pool_out", "stage2.relu2_out", 6],
      ["stage3.relu1_out", "stage3.relu2_out", 3],
    ]);
    // Regions in a row have one mask, or each its own.
    const scores = (spec: string) => new Set(regions(residualNet(), spec).map((r) => r.score)).size;
    expect(scores("attention")).toBe(3);
    expect(scores("attention:share=0")).toBe(4);
  });

  it("deployed gives what the masked form gives, exits among regions or not", {
    timeout: 120_000,
  }, async () => {
    const specs = [
      ["attention:keep=0.3"],
      ["attention:keep=0.5,share=0,block=5"],
      ["attention:threshold=1"],
      ["attention:threshold=0.9,share=0", "exits"],
      ["attention:keep=0.25", "exits", "multires:share=0.4,depth=1"],
      ["attention:at=1,threshold=1.1,block=4", "layers", "exits"],
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.nat(specs.length - 1),
        fc.constantFrom(residualNet, residualNet, plainNet),
        fc.constantFrom(16, 18),
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom(0, 0.12, 0.15, 2),
        fc.integer(),
        async (which, network, size, n, threshold, seed) => {
          const chosen = specs[which]!.filter((s) => network === residualNet || s !== "layers");
          const { graph, plan } = make(network(size), ...chosen);
          const exits = plan.exits.map((exit) => ({ ...exit, threshold }));
          const converted = { graph, plan: { ...plan, exits } };
          const feeds = images(graph, n, seed);
          const form = masked(converted);
          // ONNX Runtime itself fails on the masked form for none; what is deployed must not.
          const all = n === 0 ? {} : await outputsOf(form.graph, feeds);
          const dynamic = deployed(converted);
          const have = await outputsOf(dynamic, feeds);
          const rows = have[dynamic.outputs[0]!.name]!;
          const [, classes] = rows.dims as [number, number];
          const taken = have[EXIT]?.data as BigInt64Array | undefined;
          const want = Float32Array.from({ length: n * classes }, (_, at) => {
            const exit = Number(taken?.[Math.floor(at / classes)] ?? 0);
            return floatsOf(all[form.logits[exit]!]!)[at]!;
          });
          expectClose(rows, { dtype: "float32", dims: [n, classes], data: want });
        },
      ),
      { numRuns: 24 },
    );
  });

  it("reads what a coarse network adds where a region begins with its stage", async () => {
    const sizes = { channels1: 8, channels2: 8, channels3: 8, resolution: 16 };
    const network = trained(buildNetwork("vgg-cifar", sizes));
    const made = make(network, "attention:keep=0.3,block=2", "multires:share=0.6,depth=1");
    const { graph, plan } = withDrawn(made, /join\.weight/, 0.5);
    expect(plan.regions.map((region) => region.input).at(-1)).toBe("coarse.join.sum_out");
    const feeds = images(graph, 3, 9);
    const form = masked({ graph, plan });
    const dynamic = deployed({ graph, plan });
    const want = (await outputsOf(form.graph, feeds))[form.logits.at(-1)!]!;
    expectClose((await outputsOf(dynamic, feeds))[dynamic.outputs[0]!.name]!, want);
  });
});
