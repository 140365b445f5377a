import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import { convert } from "../../../src/dynamic/convert.ts";
import { deployed, EXIT } from "../../../src/dynamic/deploy/index.ts";
import { type DynamicNetwork, withPlan } from "../../../src/dynamic/plan.ts";
import { parseMechanism } from "../../../src/dynamic/spec.ts";
import { elementCount } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { openOnnx, saveOnnx } from "../../../src/onnx/index.ts";
import { nodeEngine } from "../../../src/runtime/index.ts";
import type { DenseTensor } from "../../../src/runtime/types.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { withDrawn } from "../networks.ts";

const small = () =>
  buildNetwork("resnet-cifar", {
    depth: 8,
    channels1: 8,
    channels2: 8,
    channels3: 16,
    resolution: 16,
  });
const make = (network: Graph, ...specs: readonly string[]) =>
  convert(network, specs.map(parseMechanism), 1);

function images(graph: Graph, n: number, seed: number): Record<string, DenseTensor> {
  const [input] = graph.inputs;
  const dims = [n, ...(input!.shape!.slice(1) as number[])];
  const rng = stream(seed, "test/dynamic");
  const data = Float32Array.from({ length: elementCount(dims) }, () => rng.normal());
  return { [input!.name]: { dtype: "float32", dims, data } };
}

async function outputsOf(graph: Graph, feeds: Record<string, DenseTensor>) {
  const session = await nodeEngine.open(graph, { threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

const rowsOf = (tensor: DenseTensor) => {
  const [n, width] = tensor.dims as [number, number];
  const data = tensor.data as Float32Array;
  return Array.from({ length: n }, (_, i) => Array.from(data.subarray(i * width, (i + 1) * width)));
};

const confidence = (row: readonly number[], temperature: number) => {
  const scaled = row.map((v) => v / temperature);
  const top = Math.max(...scaled);
  return 1 / scaled.reduce((sum, v) => sum + Math.exp(v - top), 0);
};

/** What early exit means, row by row, from the outputs of all classifiers. */
async function expected({ graph, plan }: DynamicNetwork, feeds: Record<string, DenseTensor>) {
  const all = await outputsOf(withPlan({ graph, plan }), feeds);
  const logits = [...plan.exits.map((exit) => exit.logits), graph.outputs[0]!.name].map((name) =>
    rowsOf(all[name]!),
  );
  return logits[0]!.map((_, i) => {
    const at = plan.exits.findIndex(
      (exit, k) => confidence(logits[k]![i]!, exit.temperature) >= exit.threshold,
    );
    const code = at < 0 ? plan.exits.length : at;
    return { code, row: logits[code]![i]! };
  });
}

describe("deployed exits", () => {
  it("answers each input by the first exit that is sure of it, and no other", {
    timeout: 60_000,
  }, async () => {
    const networks = [
      make(small(), "exits"),
      withDrawn(make(small(), "exits:at=2,width=12", "multires:share=0.4,depth=1"), /join/, 0.3),
      make(buildNetwork("vgg-cifar", { width: 0.25, classes: 7 }), "exits:at=1+2,width=8"),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.nat(networks.length - 1),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.constantFrom(0, 0.11, 0.15, 0.3, 2), { minLength: 3, maxLength: 3 }),
        fc.integer(),
        async (which, n, thresholds, seed) => {
          const { graph, plan } = networks[which]!;
          const exits = plan.exits.map((exit, k) => ({
            ...exit,
            threshold: thresholds[k]!,
            temperature: 1 + 0.5 * k,
          }));
          const network = { graph, plan: { ...plan, exits } };
          const feeds = images(graph, n, seed);
          const want = await expected(network, feeds);
          const { [EXIT]: exit, ...rest } = await outputsOf(deployed(network), feeds);
          const rows = rowsOf(Object.values(rest)[0]!);
          expect(Array.from(exit!.data as BigInt64Array, Number)).toEqual(want.map((w) => w.code));
          for (const [i, row] of rows.entries())
            for (const [k, v] of row.entries()) expect(v).toBeCloseTo(want[i]!.row[k]!, 4);
        },
      ),
      { numRuns: 15 },
    );
  });

  it("computes what the dense network computed, until it is trained", async () => {
    const dense = small();
    const feeds = images(dense, 3, 5);
    const [want] = Object.values(await outputsOf(dense, feeds));
    const network = make(dense, "exits", "multires:share=0.5", "layers");
    const [have] = Object.values(await outputsOf(withPlan(network), feeds));
    expect(have!.dims).toEqual(want!.dims);
    for (const [i, v] of (have!.data as Float32Array).entries())
      expect(v).toBeCloseTo(want!.data[i] as number, 5);
  });

  it("is not sure where the confidence is no number", async () => {
    const { graph, plan } = make(small(), "exits");
    const exits = plan.exits.map((exit) => ({ ...exit, threshold: 0 }));
    const feeds = images(graph, 3, 4);
    const [input] = Object.values(feeds);
    (input!.data as Float32Array)[elementCount(input!.dims.slice(1))] = Number.NaN;
    const { [EXIT]: exit } = await outputsOf(deployed({ graph, plan: { ...plan, exits } }), feeds);
    expect(Array.from(exit!.data as BigInt64Array, Number)).toEqual([0, exits.length, 0]);
  });

  it("takes a batch of none", async () => {
    const { graph, plan } = make(small(), "exits", "multires:share=0.5");
    const { [EXIT]: exit, ...rest } = await outputsOf(
      deployed({ graph, plan }),
      images(graph, 0, 1),
    );
    expect(exit!.dims).toEqual([0]);
    expect(Object.values(rest)[0]!.dims).toEqual([0, 10]);
  });

  it("is written and read as plain ONNX", async () => {
    const network = make(small(), "exits", "layers");
    const path = join(mkdtempSync(join(tmpdir(), "tidemark-deploy-")), "dynamic.onnx");
    saveOnnx(deployed(network), path);
    const { graph } = openOnnx(path);
    expect(
      [...graph.opsets.keys()].filter((domain) => domain !== "" && domain !== "ai.onnx"),
    ).toEqual([]);
    const feeds = images(graph, 4, 2);
    expect(await outputsOf(graph, feeds)).toEqual(await outputsOf(deployed(network), feeds));
  });
});
