import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { stream } from "../../src/base/rng.ts";
import { absolutePercentageErrors, mean, spearman } from "../../src/base/stats.ts";
import { nasBench201Predictor } from "../../src/gpu/nasbench201.ts";
import { predict } from "../../src/gpu/predict.ts";
import { HOST_MODES, LIMITERS, PRECISIONS } from "../../src/gpu/types.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Shape } from "../../src/graph/types.ts";
import { analyze } from "../../src/ops/analyze.ts";
import {
  benchmarkFlops,
  buildNetwork,
  cellAt,
  cellCode,
  nasBench201,
} from "../../src/zoo/index.ts";
import { shipped } from "./shipped.ts";

const table = () => {
  const lines = gunzipSync(readFileSync("data/nasbench201.csv.gz")).toString("utf8").trim();
  const [header, ...rows] = lines.split("\n").map((line) => line.split(","));
  const column = (name: string) => header!.indexOf(name);
  return { rows, column };
};

describe("predict", () => {
  it("fills the published contract", () => {
    const p = predict(buildNetwork("resnet18"), {
      device: shipped("rtx-2080-ti"),
      batch: 8,
      precision: "fp16",
      host: "compiled",
    });
    expect(p).toMatchObject({
      device: "rtx-2080-ti",
      batch: 8,
      precision: "fp16",
      host: "compiled",
      gaps: [],
    });
    expect(p.latencyMs).toBeGreaterThanOrEqual(Math.max(p.gpuMs, p.hostMs));
    expect(p.notes.length).toBeGreaterThan(0);
    let busy = 0;
    for (const k of p.kernels) {
      busy += k.timeUs;
      expect(k.nodes.length).toBeGreaterThan(0);
      expect(LIMITERS).toContain(k.limiter);
      expect(k.blocks).toBe(k.grid[0] * k.grid[1] * k.grid[2]);
      expect(k.timeUs).toBeGreaterThan(0);
      expect(k.tailFill).toBeGreaterThan(0);
      expect(k.tailFill).toBeLessThanOrEqual(1);
    }
    expect(busy / 1000).toBeCloseTo(p.gpuMs, 9);
    expect(JSON.parse(JSON.stringify(p))).toEqual(p);
  });

  it("computes all MACs of the network in its kernels", () => {
    const graph = buildNetwork("resnet50");
    const { totals } = analyze(graph, { bind: { batch: 2 } });
    // FP16 has no Winograd, so that the contractions' FLOPs are the direct ones.
    const p = predict(graph, { device: shipped("v100-sxm2"), batch: 2, precision: "fp16" });
    const contractions = p.kernels.filter((k) => k.tile !== null);
    expect(contractions.reduce((n, k) => n + k.flops, 0)).toBe(2 * totals.macs);
  });

  it("is no slower compiled than eager, and no slower captured than compiled", () => {
    for (const name of ["resnet50", "mobilenet_v2"])
      for (const batch of [1, 16]) {
        const [eager, compiled, graph] = HOST_MODES.map((host) =>
          predict(buildNetwork(name), { device: shipped("a100-80-sxm"), batch, host }),
        );
        expect(compiled!.latencyMs).toBeLessThan(eager!.latencyMs);
        expect(graph!.latencyMs).toBeLessThanOrEqual(compiled!.latencyMs);
        expect(compiled!.kernels.length).toBeLessThan(eager!.kernels.length);
      }
  });

  it("is bound by the host at batch 1 and by the GPU at batch 256", () => {
    const at = (batch: number) =>
      predict(nasBench201("333133"), { device: shipped("rtx-2080-ti"), batch });
    expect(at(1).hostMs).toBeGreaterThan(at(1).gpuMs);
    expect(at(1).latencyMs / at(32).latencyMs).toBeCloseTo(1, 1);
    expect(at(256).gpuMs).toBeGreaterThan(at(256).hostMs);
    // Kernels that end long before the next one is issued.
    expect(at(1).kernels.filter((k) => k.limiter === "launch").length).toBeGreaterThan(200);
  });

  it("takes the host's speed as given", () => {
    const at = (hostUsPerOp: number) =>
      predict(nasBench201("000000"), { device: shipped("titan-xp"), batch: 1, hostUsPerOp });
    expect(at(40).hostMs).toBeCloseTo(2 * at(20).hostMs, 9);
    expect(at(40).notes.some((n) => n.includes("40 us"))).toBe(true);
  });

  it("refuses a precision that the device lacks", () => {
    const graph = nasBench201("000000");
    const attempt = () => predict(graph, { device: shipped("gtx-1080-ti"), precision: "bf16" });
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow("gtx-1080-ti has no bf16");
  });

  it("reports unknown operators as gaps", () => {
    const b = new GraphBuilder();
    const x = b.input("x", ["batch", 8]);
    b.output(b.add("Frobnicate", [b.add("Relu", [x])]));
    const { gaps } = predict(b.build(), { device: shipped("rtx-2080-ti"), batch: 2 });
    expect(gaps).toEqual([{ op: "Frobnicate", count: 1, reason: expect.any(String) }]);
  });
});

describe("batch", () => {
  const net = (batch: Shape[number], reshape?: readonly number[]) => {
    const b = new GraphBuilder({ name: "net" });
    let y = b.add("Relu", [b.input("x", [batch, 4, 6])]);
    if (reshape !== undefined) {
      const bytes = new Uint8Array(BigInt64Array.from(reshape, BigInt).buffer);
      const shape = b.initializer("shape", { dtype: "int64", dims: [reshape.length], bytes });
      y = b.add("Reshape", [y, shape]);
    }
    b.output(b.add("Softmax", [y], {}), [batch, ...(reshape?.slice(1) ?? [4, 6])]);
    return b.build();
  };
  const device = shipped("rtx-2080-ti");

  it("binds a free dimension of any name; 1 by default", () => {
    expect(predict(net("N"), { device, batch: 64 }).batch).toBe(64);
    expect(predict(net("N"), { device }).batch).toBe(1);
  });

  it("takes the fixed one by default", () => {
    expect(predict(net(12), { device }).batch).toBe(12);
    expect(predict(net(12), { device, batch: 12 }).batch).toBe(12);
  });

  it("replaces a fixed one where the network allows it", () => {
    const free = predict(net("batch"), { device, batch: 64 });
    const fixed = predict(net(12), { device, batch: 64 });
    expect(fixed.batch).toBe(64);
    expect(fixed.kernels).toEqual(free.kernels);
    expect(predict(net(12, [-1, 24]), { device, batch: 64 }).batch).toBe(64);
  });

  it("names both where the network fixes it inside", () => {
    const attempt = () => predict(net(12, [12, 24]), { device, batch: 64 });
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow("fixes its batch to 12, batch 64 was asked for");
  });

  it("analyses anew where an analysis was made for another batch", () => {
    const graph = net("batch");
    const analysis = analyze(graph, { bind: { batch: 3 } });
    expect(predict(analysis, { device }).batch).toBe(3);
    expect(predict(analysis, { device, batch: 7 })).toEqual(predict(graph, { device, batch: 7 }));
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses batch %d", (batch) => {
    expect(() => predict(net("batch"), { device, batch })).toThrow(UserError);
  });
});

describe("nasBench201Predictor", () => {
  it("gives what predict gives, to the last bit, in every host mode and precision", () => {
    const device = shipped("rtx-3090");
    const rng = stream(3, "test/nasbench201Predictor");
    for (const host of HOST_MODES)
      for (const precision of PRECISIONS) {
        const options = { device, host, precision, batch: 64 };
        const fast = nasBench201Predictor(options);
        const cells = [0, 7812, 15_624, ...Array.from({ length: 4 }, () => rng.int(15_625))];
        for (const cell of cells.map(cellAt)) {
          const analysis = analyze(nasBench201(cellCode(cell)), { bind: { batch: 64 } });
          const { latencyMs, gpuMs, hostMs } = predict(analysis, options);
          const { params } = analysis.totals;
          const macs = analysis.totals.macs;
          expect(fast(cell)).toEqual({ latencyMs, gpuMs, hostMs, params, macs });
        }
      }
  });

  it("gives what predict gives for other sizes and hosts", () => {
    const options = { device: shipped("t4"), batch: 3, hostUsPerOp: 31 };
    const size = { channels: 24, cells: 2, classes: 120, resolution: 16 };
    const { latencyMs } = predict(nasBench201("340213", size), options);
    expect(nasBench201Predictor({ ...options, ...size })("340213").latencyMs).toBe(latencyMs);
  });

  it("has the table's parameters and MACs for all 15,625 networks", () => {
    const { rows, column } = table();
    const time = nasBench201Predictor({ device: shipped("rtx-2080-ti"), batch: 1 });
    const wrong = rows.filter((row) => {
      const { params, macs } = time(row[column("ops")]!);
      return (
        params !== Number(row[column("params")]) ||
        benchmarkFlops(macs) !== Number(row[column("flops_c10")])
      );
    });
    expect(rows).toHaveLength(15_625);
    expect(wrong).toEqual([]);
  });

  // Measured latencies of HELP (NeurIPS 2021): PyTorch, FP32, batch 256.
  it.each([
    ["rtx-2080-ti", "lat_ms_2080ti_256"],
    ["gtx-1080-ti", "lat_ms_1080ti_256"],
    ["titan-x-pascal", "lat_ms_titanx_256"],
    ["titan-xp", "lat_ms_titanxp_256"],
  ])("ranks all networks on %s as measured", (id, name) => {
    const { rows, column } = table();
    const time = nasBench201Predictor({ device: shipped(id), batch: 256 });
    const predicted = rows.map((row) => time(row[column("ops")]!).latencyMs);
    const measured = rows.map((row) => Number(row[column(name)]));
    expect(spearman(predicted, measured)).toBeGreaterThan(0.98);
    expect(mean(absolutePercentageErrors(predicted, measured))).toBeLessThan(0.15);
  });
});
