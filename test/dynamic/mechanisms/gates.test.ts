import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deployed, EXIT } from "../../../src/dynamic/deploy/index.ts";
import { masked, withOutputs } from "../../../src/dynamic/masked.ts";
import { isSpatial } from "../../../src/dynamic/plan.ts";
import { parseMechanism } from "../../../src/dynamic/spec.ts";
import type { DenseTensor } from "../../../src/runtime/types.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
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
  withDrawn,
} from "../networks.ts";

const data = (tensor: DenseTensor | undefined) => tensor!.data as Float32Array;

describe("gates", () => {
  it("are a convolution of the pooled input, open from zero on, edges and all", async () => {
    for (const kernel of [1, 3]) {
      const converted = withDrawn(make(tinyNet(), `gates:block=4,kernel=${kernel}`), /gate\./, 1);
      const region = converted.plan.regions.find(isSpatial)!;
      const feeds = images(converted.graph, 6, 2);
      const x = (await outputsOf(reading(converted.graph, region.input), feeds))[region.input]!;
      const [n, c, h, w] = x.dims as [number, number, number, number];
      const names = [...converted.graph.initializers.keys()];
      const [weight, bias] = ["weight", "bias"].map((part) =>
        floats(converted.graph, names.find((name) => name.endsWith(`gate.${part}`))!),
      ) as [number[], number[]];
      const grid = Math.ceil(h / 4);
      /** Mean of channel k over block (r, s); 0 beyond the map. */
      const pooled = (i: number, k: number, r: number, s: number) => {
        if (r < 0 || s < 0 || r >= grid || s >= grid) return 0;
        let [sum, count] = [0, 0];
        for (let y = 4 * r; y < Math.min(h, 4 * r + 4); y++)
          for (let z = 4 * s; z < Math.min(w, 4 * s + 4); z++, count++)
            sum += data(x)[((i * c + k) * h + y) * w + z]!;
        return sum / count;
      };
      const half = kernel >> 1;
      const open = Array.from({ length: n * grid * grid }, (_, at) => {
        const [i, r, s] = [Math.floor(at / grid ** 2), Math.floor(at / grid) % grid, at % grid];
        let logit = bias[0]!;
        for (let k = 0; k < c; k++)
          for (let u = 0; u < kernel; u++)
            for (let v = 0; v < kernel; v++)
              logit +=
                weight[(k * kernel + u) * kernel + v]! * pooled(i, k, r + u - half, s + v - half);
        return logit >= 0 ? 1 : 0;
      });
      const { graph, masks } = masked(converted);
      const have = await outputsOf(withOutputs(graph, [masks[0]!]), feeds);
      expect(have[masks[0]!]!.dims).toEqual([n, 1, grid, grid]);
      expect(Array.from(data(have[masks[0]!]))).toEqual(open);
      expect(new Set(open).size).toBe(2);
    }
    expect(() => make(tinyNet(), "gates:kernel=2")).toThrow("kernel = 2 has no middle");
  });

  it("change nothing until they are trained", async () => {
    for (const network of [residualNet(), plainNet()]) {
      const feeds = images(network, 2, 5);
      const converted = make(
        network,
        "gates:block=4",
        ...(network.name.includes("vgg") ? [] : ["layers"]),
      );
      const want = await firstOf(network, feeds);
      expectClose(await firstOf(masked(converted).graph, feeds), want);
      expectClose(await firstOf(deployed(converted), feeds), want);
    }
  });

  it("deployed give what the masked form gives, with layers, exits and a coarse network", {
    timeout: 120_000,
  }, async () => {
    const specs = [
      ["gates"],
      ["gates:block=4,share=1", "exits"],
      ["gates:block=3", "layers"],
      ["gates", "layers", "exits", "multires:share=0.4,depth=1"],
      ["gates:at=2", "attention:at=1+3", "exits"],
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.nat(specs.length - 1),
        fc.constantFrom(16, 18),
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom(0, 0.12, 0.15, 2),
        fc.constantFrom(0.3, 1, 4),
        fc.integer(),
        async (which, size, n, threshold, scale, seed) => {
          const made = make(residualNet(size), ...specs[which]!);
          const { graph, plan } = withDrawn(made, /gate\.|skip\d+\.fc2/, scale);
          const exits = plan.exits.map((exit) => ({ ...exit, threshold }));
          const converted = { graph, plan: { ...plan, exits } };
          const feeds = images(graph, n, seed);
          const form = masked(converted);
          const all = n === 0 ? {} : await outputsOf(form.graph, feeds);
          const dynamic = deployed(converted);
          const have = await outputsOf(dynamic, feeds);
          const rows = have[dynamic.outputs[0]!.name]!;
          const taken = have[EXIT]?.data as BigInt64Array | undefined;
          const want = Float32Array.from({ length: n * 10 }, (_, at) => {
            const exit = Number(taken?.[Math.floor(at / 10)] ?? 0);
            return data(all[form.logits[exit]!])[at]!;
          });
          expectClose(rows, { dtype: "float32", dims: [n, 10], data: want });
        },
      ),
      { numRuns: 24 },
    );
  });

  it("are not put where attention is, and take values for each stage", () => {
    expect(() => make(residualNet(), "attention", "gates")).toThrow(
      "each of the 4 regions of resnet14 has a mask already",
    );
    const blocks = (spec: string) =>
      make(residualNet(32), spec)
        .plan.regions.filter(isSpatial)
        .map((r) => [r.block, r.target]);
    expect(blocks("gates:block=8+4+2,target=0.7+0.5+0.3")).toEqual([
      [8, 0.7],
      [8, 0.7],
      [4, 0.5],
      [2, 0.3],
    ]);
    expect(blocks("gates:at=2+3,block=8+4")).toEqual([
      [8, 0.5],
      [4, 0.5],
    ]);
    expect(() => make(residualNet(), "gates:block=8+4")).toThrow(
      "gates: block has 2 values (8+4), and there are 3 stages: 1, 2, 3",
    );
    expect(() => parseMechanism("gates:target=0.5+2")).toThrow(
      "target = '2' is no number from 0 to 1",
    );
  });
});

it("computes blocks of MobileNetV2, whose Clip bounds are nodes", () => {
  const { plan } = make(buildNetwork("mobilenet_v2", { width: 0.25, resolution: 64 }), "gates");
  expect(plan.regions.length).toBeGreaterThan(3);
  expect(plan.dense).toEqual({});
});
