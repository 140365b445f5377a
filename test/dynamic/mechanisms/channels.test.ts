import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deployed, EXIT } from "../../../src/dynamic/deploy/index.ts";
import { masked, withOutputs } from "../../../src/dynamic/masked.ts";
import { macsOfInput, partCosts } from "../../../src/dynamic/parts.ts";
import { trainingForm } from "../../../src/dynamic/training/form.ts";
import type { DenseTensor } from "../../../src/runtime/types.ts";
import {
  expectClose,
  firstOf,
  floats,
  images,
  make,
  outputsOf,
  plainNet,
  reading,
  residualNet,
  tinyNet,
} from "../networks.ts";

const data = (tensor: DenseTensor | undefined) => tensor!.data as Float32Array;

describe("channels", () => {
  it("keeps the most active channels of each image and convolves them alone", async () => {
    const converted = make(plainNet(8), "channels:at=1,keep=0.4");
    const [region] = converted.plan.regions;
    if (region?.kind !== "channels") throw new Error("no region of channels");
    expect([region.nodes, region.input]).toEqual([["stage1.conv2"], "stage1.relu1_out"]);
    const feeds = images(converted.graph, 3, 4);
    const x = (await outputsOf(reading(converted.graph, region.input), feeds))[region.input]!;
    const [n, c, h, w] = x.dims as [number, number, number, number];
    const conv = converted.graph.nodes.find((node) => node.name === region.nodes[0])!;
    const weight = floats(converted.graph, conv.inputs[1]!);
    const filters = weight.length / (c * 9);
    const want = new Float32Array(n * filters * h * w);
    for (let i = 0; i < n; i++) {
      const mean = Array.from({ length: c }, (_, k) =>
        data(x)
          .subarray((i * c + k) * h * w, (i * c + k + 1) * h * w)
          .reduce((a, b) => a + b, 0),
      );
      const order = mean.map((_, k) => k).sort((a, b) => mean[b]! - mean[a]! || a - b);
      for (const k of order.slice(0, Math.ceil(0.4 * c - 1e-6)))
        for (let f = 0; f < filters; f++)
          for (let y = 0; y < h; y++)
            for (let z = 0; z < w; z++)
              for (let u = -1; u <= 1; u++)
                for (let v = -1; v <= 1; v++) {
                  if (y + u < 0 || y + u >= h || z + v < 0 || z + v >= w) continue;
                  want[((i * filters + f) * h + y) * w + z]! +=
                    weight[((f * c + k) * 3 + u + 1) * 3 + v + 1]! *
                    data(x)[((i * c + k) * h + y + u) * w + z + v]!;
                }
    }
    const { graph } = masked(converted);
    const have = (await outputsOf(withOutputs(graph, [region.output]), feeds))[region.output]!;
    expectClose(have, { dtype: "float32", dims: [n, filters, h, w], data: want });
  });

  it("changes nothing where all are kept, and costs in proportion", async () => {
    for (const network of [residualNet(), plainNet()]) {
      const feeds = images(network, 2, 5);
      const want = await firstOf(network, feeds);
      const whole = make(network, "channels:keep=1");
      expectClose(await firstOf(masked(whole).graph, feeds), want);
      expectClose(await firstOf(deployed(whole), feeds), want);
    }
    const half = make(tinyWide(), "channels:keep=0.5");
    const parts = partCosts(half);
    const all = macsOfInput(parts, 0, () => 1);
    expect(all).toBe(half.plan.denseMacs);
    const convs = half.plan.regions.map((region) => region.nodes[0]!);
    expect(convs).toEqual(["conv1", "conv2"]);
    // conv0 and the classifier as they are; half of both others: 8 to 8 channels on 36 positions.
    expect(macsOfInput(parts, 0, () => 0.5)).toBe(all - 36 * 8 * 8 * 9);
  });

  it("deployed gives what the masked form gives, for one image and several, with others", {
    timeout: 120_000,
  }, async () => {
    const specs = [
      ["channels:keep=0.5"],
      ["channels:at=1+2,keep=0.3+0.7", "exits"],
      ["attention:at=1,keep=0.3", "channels:keep=0.4", "exits", "multires:share=0.4,depth=1"],
      ["layers:at=1", "gates:at=2", "channels", "exits"],
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.nat(specs.length - 1),
        fc.integer({ min: 0, max: 4 }),
        fc.constantFrom(0, 0.12, 0.15, 2),
        fc.integer(),
        async (which, n, threshold, seed) => {
          const { graph, plan } = make(residualNet(), ...specs[which]!);
          const exits = plan.exits.map((exit) => ({ ...exit, threshold }));
          const converted = { graph, plan: { ...plan, exits } };
          const feeds = images(graph, n, seed);
          const form = masked(converted);
          const all = n === 0 ? {} : await outputsOf(form.graph, feeds);
          const dynamic = deployed(converted);
          const have = await outputsOf(dynamic, feeds);
          const taken = have[EXIT]?.data as BigInt64Array | undefined;
          const want = Float32Array.from({ length: n * 10 }, (_, at) => {
            const exit = Number(taken?.[Math.floor(at / 10)] ?? 0);
            return data(all[form.logits[exit]!])[at]!;
          });
          expectClose(have[dynamic.outputs[0]!.name]!, {
            dtype: "float32",
            dims: [n, 10],
            data: want,
          });
        },
      ),
      { numRuns: 20 },
    );
  });

  it("is trained, in the end, as it is evaluated", async () => {
    const converted = make(residualNet(), "channels:keep=0.5,ascent=0.5");
    const form = trainingForm(converted);
    const logits = converted.graph.outputs[0]!.name;
    const feeds = images(converted.graph, 2, 6);
    const at = async (progress: number) => {
      const done = { dtype: "float32", dims: [], data: Float32Array.of(progress) } as const;
      const given = { ...feeds, "dynamic/progress": done };
      return (await outputsOf(reading(form.graph, logits), given))[logits]!;
    };
    expectClose(await at(0.6), (await outputsOf(masked(converted).graph, feeds))[logits]!);
    expectClose(await at(0), await firstOf(residualNet(), feeds));
  });

  it("refuses networks without convolutions to choose from", () => {
    expect(() => make(tinyNet(), "channels")).toThrow(
      "tiny has no convolution of 8 input channels or more outside of other regions",
    );
  });
});

const tinyWide = () => tinyNet(8);
