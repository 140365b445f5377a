import { describe, expect, it } from "vitest";
import { deployed } from "../../../src/dynamic/deploy/index.ts";
import { masked } from "../../../src/dynamic/masked.ts";
import { isSpatial } from "../../../src/dynamic/plan.ts";
import { trainingForm } from "../../../src/dynamic/training/form.ts";
import type { Graph } from "../../../src/graph/types.ts";
import type { DenseTensor } from "../../../src/runtime/types.ts";
import {
  expectClose,
  images,
  make,
  outputsOf,
  plainNet,
  reading,
  residualNet,
} from "../networks.ts";

const PROGRESS = "dynamic/progress";
const number = (value: number): DenseTensor => ({
  dtype: "float32",
  dims: [],
  data: Float32Array.of(value),
});

/** The value that a mask at every position is multiplied with: 1 where blocks are active. */
function upsampledMask(form: Graph, region: { readonly result: string; readonly input: string }) {
  const change = form.nodes.find((n) => n.op === "Sub" && n.inputs[0] === region.result)!;
  const product = form.nodes.find((n) => n.op === "Mul" && n.inputs.includes(change.outputs[0]!))!;
  return product.inputs.find((name) => name !== change.outputs[0])!;
}

describe("ratio ascend", () => {
  it("drops nothing at first, then block by block up to what is kept in the end", async () => {
    for (const [keep, ascent] of [
      [0.3, 0.5],
      [0.55, 0.8],
      [0, 0.25],
    ] as const) {
      const network = make(residualNet(16), `attention:at=1,block=4,keep=${keep},ascent=${ascent}`);
      const { graph } = trainingForm(network);
      const region = network.plan.regions.find(isSpatial)!;
      const mask = upsampledMask(graph, region);
      const feeds = images(network.graph, 2, 3);
      const kept = Math.ceil(keep * 16 - 1e-6);
      for (const progress of [0, 0.1, 0.2, 0.33, 0.49, 0.51, 0.79, 0.99]) {
        const out = await outputsOf(reading(graph, mask), {
          ...feeds,
          [PROGRESS]: number(progress),
        });
        const dropped = Math.floor((16 - kept) * Math.min(1, progress / ascent) + 1e-4);
        const { dims, data } = out[mask]!;
        expect(dims).toEqual([2, 1, 16, 16]);
        for (const image of [0, 1]) {
          const own = (data as Float32Array).subarray(image * 256, (image + 1) * 256);
          expect(own.reduce((a, b) => a + b, 0) / 16).toBe(16 - dropped);
        }
      }
    }
  });

  it("raises a threshold from nothing to its value", async () => {
    const network = make(residualNet(16), "attention:at=1,block=4,threshold=1.2,ascent=0.5");
    const { graph } = trainingForm(network);
    const region = network.plan.regions.find(isSpatial)!;
    const mask = upsampledMask(graph, region);
    const feeds = images(network.graph, 1, 8);
    const read = reading(graph, mask, region.score);
    for (const progress of [0, 0.2, 0.4, 0.5, 0.9]) {
      const out = await outputsOf(read, { ...feeds, [PROGRESS]: number(progress) });
      const score = Array.from(out[region.score]!.data as Float32Array);
      const mean = score.reduce((a, b) => a + b, 0) / 16;
      const bound = mean * 1.2 * Math.min(1, progress / 0.5);
      const on = (out[mask]!.data as Float32Array).reduce((a, b) => a + b, 0) / 16;
      expect(on).toBe(score.filter((s) => s >= bound).length);
    }
  });

  it("trains in the end what is evaluated and deployed", async () => {
    for (const network of [residualNet(18), plainNet(20)])
      for (const spec of ["attention:keep=0.4,block=4", "attention:threshold=1,share=0"]) {
        const converted = make(network, spec);
        const form = trainingForm(converted);
        const logits = converted.graph.outputs[0]!.name;
        const feeds = images(network, 3, 6);
        const now = { ...feeds, [PROGRESS]: number(0.999) };
        const want = (await outputsOf(reading(form.graph, logits), now))[logits]!;
        expectClose((await outputsOf(masked(converted).graph, feeds))[logits]!, want);
        const dynamic = deployed(converted);
        expectClose((await outputsOf(dynamic, feeds))[dynamic.outputs[0]!.name]!, want);
      }
  });
});
