/** Zero-cost proxies against PyTorch, against published scores, and against what they mean. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { stream } from "../../../src/base/rng.ts";
import { spearman } from "../../../src/base/stats.ts";
import { ints } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { float32s } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { openOnnx } from "../../../src/onnx/index.ts";
import { ChildPool } from "../../../src/runtime/child/index.ts";
import { openDataset } from "../../../src/runtime/data/index.ts";
import {
  type ProxyBatch,
  proxyBatch,
  proxyNames,
  proxyScores,
} from "../../../src/runtime/proxies/index.ts";
import { isolatedProxyScores } from "../../../src/runtime/proxies/tasks.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";

const threads = 1;

function noise(count: number, channels: number, side: number, classes = 10): ProxyBatch {
  const rng = stream(5, "test/proxies");
  const dims = [count, channels, side, side];
  const data = Float32Array.from({ length: count * channels * side * side }, () => rng.normal());
  const labels = BigInt64Array.from({ length: count }, () => BigInt(rng.int(classes)));
  return {
    images: { dtype: "float32", dims, data },
    labels: { dtype: "int64", dims: [count], data: labels },
  };
}

describe("against PyTorch, with the weights of the file", () => {
  const folder = new URL("../../data/runtime/proxies/", import.meta.url);
  const record = JSON.parse(readFileSync(new URL("scores.json", folder), "utf8")) as {
    readonly scores: Readonly<Record<string, number>>;
    readonly images: readonly number[];
    readonly dims: readonly number[];
    readonly labels: readonly number[];
  };
  const batch: ProxyBatch = {
    images: { dtype: "float32", dims: record.dims, data: Float32Array.from(record.images) },
    labels: {
      dtype: "int64",
      dims: [record.labels.length],
      data: BigInt64Array.from(record.labels, BigInt),
    },
  };
  const { graph } = openOnnx(new URL("network.onnx", folder).pathname);

  it("has every proxy's score", () => {
    expect(Object.keys(record.scores).toSorted()).toEqual(proxyNames.toSorted());
  });

  it.each(proxyNames)("%s", async (name) => {
    const got = await proxyScores(graph, [name], { batch, weights: "given", threads });
    const want = record.scores[name]!;
    expect(Math.abs(got[name]! - want) / Math.abs(want)).toBeLessThan(1e-5);
  });
});

/**
 * Rows of NAS-Bench-Suite-Zero (naslib/data/zc_nasbench201.json, Apache-2.0) for CIFAR-10, where
 * weights and batch are others than here.
 */
const PUBLISHED = [
  { cell: "323112", synflow: 96.665259, grad_norm: 14.335002, snip: 28.057318, nwot: 405.59045 },
  { cell: "000443", synflow: 14.794914, grad_norm: 10.717243, snip: 19.130936, nwot: 334.31586 },
  { cell: "104421", synflow: 39.428907, grad_norm: 3.3973527, snip: 6.8518224, nwot: 364.01204 },
  { cell: "440042", synflow: 36.014711, grad_norm: 15.424767, snip: 39.188858, nwot: 368.96511 },
  { cell: "441103", synflow: 58.517612, grad_norm: 13.926624, snip: 30.704466, nwot: 368.99689 },
  { cell: "044441", synflow: 25.219651, grad_norm: 4.1847558, snip: 5.2928219, nwot: 329.0277 },
] as const;

describe("against NAS-Bench-Suite-Zero on NAS-Bench-201", () => {
  const names = ["synflow", "grad_norm", "snip", "nwot"] as const;
  const scores: Record<string, number>[] = [];
  beforeAll(async () => {
    const batch = noise(16, 3, 32);
    for (const { cell } of PUBLISHED)
      scores.push(
        await proxyScores(buildNetwork("nasbench201", { cell }), names, {
          batch,
          seed: 3,
          threads,
        }),
      );
  });

  it("gives the published synflow, which needs no data", () => {
    PUBLISHED.forEach(({ synflow }, i) => {
      expect(Math.abs(scores[i]!.synflow! - synflow) / synflow).toBeLessThan(0.01);
    });
  });

  it.each(names)("ranks cells by %s as published", (name) => {
    const rho = spearman(
      PUBLISHED.map((row) => row[name]),
      scores.map((s) => s[name]!),
    );
    expect(rho).toBeGreaterThan(0.75);
  });
});

describe("what they mean", () => {
  const small = () =>
    buildNetwork("nasbench201", { cell: "333133", channels: 4, cells: 1, resolution: 8 });

  it("are the same for a seed, alone or together, here or in a child", async () => {
    const options = { batch: noise(6, 3, 8), seed: 9, threads };
    const together = await proxyScores(small(), proxyNames, options);
    for (const name of proxyNames)
      expect(await proxyScores(small(), [name], options)).toEqual({ [name]: together[name] });
    const pool = new ChildPool();
    try {
      expect(await isolatedProxyScores(pool, small(), proxyNames, options)).toEqual(together);
    } finally {
      await pool.close();
    }
    const other = await proxyScores(small(), proxyNames, { ...options, seed: 10 });
    for (const name of proxyNames)
      if (name !== "params") expect(other[name]).not.toBe(together[name]);
  });

  it("take a data set's batch, the same for a seed", async () => {
    const dataset = await openDataset("fashion-mnist-tiny");
    const batch = proxyBatch(dataset, 4);
    expect(batch.images.dims).toEqual([32, 1, 28, 28]);
    expect(new Set(batch.labels.data as BigInt64Array).size).toBeGreaterThan(3);
    expect(proxyBatch(dataset, 4)).toEqual(batch);
    expect(proxyBatch(dataset, 5)).not.toEqual(batch);
  });

  it("find synaptic flow beyond float32, digit for digit", async () => {
    // One channel, L linear layers of weight w: S = L w^L, so that the logarithm is known.
    const chain = (layers: number, w: number): Graph => {
      const b = new GraphBuilder({ name: "chain" });
      let x = b.input("input", ["batch", 1, 1, 1]);
      for (let i = 0; i < layers; i++)
        x = b.add("Relu", [
          b.add("Conv", [x, b.initializer(`w${i}`, float32s([w], [1, 1, 1, 1]))], {
            kernel_shape: ints(1, 1),
          }),
        ]);
      b.output(b.add("Flatten", [x], {}, { outputs: ["output"] }), ["batch", 1]);
      return b.build();
    };
    const batch = noise(2, 1, 1, 1);
    for (const [layers, w] of [
      [3, -0.5],
      [30, 2],
      [40, 100],
      [25, 1000],
      [200, 1e6],
      [60, 1e-4],
    ] as const) {
      const got = await proxyScores(chain(layers, w), ["synflow"], {
        batch,
        weights: "given",
        threads,
      });
      const log = Math.log(layers) + layers * Math.log(Math.abs(w));
      expect(got.synflow).toBeCloseTo(log > 50 ? log : Math.log1p(Math.exp(log)), 4);
    }
  });

  it("rank a network that tells nothing apart lowest", async () => {
    // Every edge is `none`: the classifier sees zeros.
    const batch = noise(6, 3, 8);
    const dead = buildNetwork("nasbench201", {
      cell: "000000",
      channels: 4,
      cells: 1,
      resolution: 8,
    });
    const alive = await proxyScores(small(), proxyNames, { batch, threads });
    const scores = await proxyScores(dead, proxyNames, { batch, threads });
    for (const name of proxyNames) {
      expect(Number.isFinite(scores[name]), name).toBe(true);
      expect(scores[name], name).toBeLessThan(alive[name]!);
    }
    expect(scores.synflow).toBe(0);
  });
});

describe("refuse", () => {
  const graph = () => buildNetwork("nasbench201", { channels: 4, cells: 1, resolution: 8 });
  const refused = async (work: () => Promise<unknown>) => {
    const error = await work().catch((e: unknown) => e);
    expect(error, String(error)).toBeInstanceOf(UserError);
    return (error as UserError).message;
  };
  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      "an unknown proxy",
      () => proxyScores(graph(), ["sinflow"], { batch: noise(4, 3, 8) }),
      /no zero-cost proxy is named sinflow; there are synflow, grad_norm/,
    ],
    [
      "images of another shape",
      () => proxyScores(graph(), ["grad_norm"], { batch: noise(4, 1, 8) }),
      /input input is float32 \[4, 3, 8, 8\], but float32 \[4, 1, 8, 8\] is fed/,
    ],
    [
      "labels that are no classes",
      () => proxyScores(graph(), ["snip"], { batch: noise(40, 3, 8, 200) }),
      /is none of the network's 10 classes/,
    ],
    [
      "a network without ReLU, by its codes",
      () => {
        const { graph: vit } = openOnnx(
          new URL("../../data/runtime/vit.onnx.gz", import.meta.url).pathname,
        );
        return proxyScores(vit, ["nwot"], { batch: noise(4, 3, 32) });
      },
      /it has no ReLU/,
    ],
    [
      "one sample",
      () => proxyScores(graph(), ["jacob_cov"], { batch: noise(1, 3, 8) }),
      /expected float32 \[batch, …\] with at least 2/,
    ],
  ])("%s", async (_, work, message) => {
    expect(await refused(work)).toMatch(message);
  });
});
