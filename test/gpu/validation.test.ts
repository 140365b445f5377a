import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stream } from "../../src/base/rng.ts";
import { withParameters } from "../../src/gpu/device.ts";
import { predict } from "../../src/gpu/predict.ts";
import { hostSweep } from "../../src/gpu/validation/host-sweep.ts";
import {
  fitHost,
  type NetworkRow,
  networkSamples,
  Sweeps,
} from "../../src/gpu/validation/networks.ts";
import { overheadOf, withOverhead } from "../../src/gpu/validation/overhead.ts";
import type { Sample } from "../../src/gpu/validation/sample.ts";
import { report } from "../../src/gpu/validation/score.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { shipped } from "./shipped.ts";

const sample = (over: Partial<Sample>): Sample => ({
  device: "t4",
  family: "linear",
  precision: "fp32",
  data: "own",
  source: "a.csv:2",
  what: "",
  shape: "s",
  measuredUs: 100,
  modelUs: 100,
  addedUs: 0,
  ...over,
});

describe("report", () => {
  test("counts errors, algorithms and grids as defined", () => {
    const { groups, overall, worst } = report([
      sample({ modelUs: 110 }),
      sample({
        modelUs: 80,
        algorithm: { predicted: "gemm", measured: "gemm" },
        grid: { predicted: "4x5x1", measured: "5x4" },
      }),
      sample({
        modelUs: 100,
        addedUs: 30,
        algorithm: { predicted: "implicit-gemm", measured: "fft" },
        grid: { predicted: "1x1x1", measured: "9x9x9" },
      }),
      sample({ family: "conv", modelUs: 150 }),
    ]);
    expect(groups.map((g) => g.family)).toEqual(["conv", "linear"]);
    const linear = groups[1]!;
    expect(linear.count).toBe(3);
    expect(linear.mape).toBeCloseTo(0.2, 12);
    expect(linear.medianApe).toBeCloseTo(0.2, 12);
    expect(linear.bias).toBeCloseTo(0.2 / 3, 12);
    expect(linear.algorithmRight).toBe(0.5);
    // Of the two with a grid only one has the algorithm that ran, and its 20 blocks are 20 blocks.
    expect(linear.gridExact).toBe(1);
    expect(groups[0]!.gridExact).toBeNull();
    expect(overall!.count).toBe(4);
    expect(worst[0]!.error).toBeCloseTo(0.5, 12);
    expect(worst[1]!.reason).toBe("algorithm implicit-gemm predicted, fft ran");
  });

  test("nothing to compare is null, not zero", () => {
    expect(report([])).toEqual({ groups: [], overall: null, worst: [] });
  });
});

describe("overhead", () => {
  test("no other figure has a smaller mean error", () => {
    const times = fc.record({
      modelUs: fc.integer({ min: 1, max: 1000 }),
      measuredUs: fc.integer({ min: 1, max: 1000 }),
    });
    fc.assert(
      fc.property(fc.array(times, { minLength: 1, maxLength: 12 }), (rows) => {
        const samples = rows.map((r) => sample(r));
        const loss = (h: number) =>
          samples.reduce((s, r) => s + Math.abs(r.modelUs + h - r.measuredUs) / r.measuredUs, 0);
        const found = loss(overheadOf(samples));
        for (let h = 0; h <= 1000; h++) if (loss(h) < found - 1e-9) return false;
        return true;
      }),
    );
  });

  const rows = (added: (i: number) => number) =>
    Array.from({ length: 300 }, (_, i) => {
      const modelUs = 20 + ((i * 7919) % 400);
      return sample({
        modelUs,
        measuredUs: modelUs + added(i),
        shape: `${i}`,
        source: `a.csv:${i}`,
      });
    });
  const mape = (samples: readonly Sample[]) => report(samples).overall!.mape;

  test("is found where the device file has none, and never from the row itself", () => {
    const { samples, overheads } = withOverhead(
      rows(() => 35),
      new Map(),
    );
    expect(overheads[0]).toMatchObject({ from: "these rows" });
    expect(overheads[0]!.addedUs).toBeCloseTo(35, 6);
    expect(mape(samples)).toBeLessThan(1e-9);
    const [alone] = withOverhead([sample({ measuredUs: 500 })], new Map()).samples;
    expect(alone!.addedUs).toBe(0);
  });

  test("follows a program that slows down along its table", () => {
    const { samples } = withOverhead(
      rows((i) => 30 + i),
      new Map(),
    );
    expect(samples[0]!.addedUs).toBeLessThan(60);
    expect(samples.at(-1)!.addedUs).toBeGreaterThan(250);
    expect(mape(samples)).toBeLessThan(0.05);
  });

  test("is nothing where the GPU's own clock timed", () => {
    const timed = rows(() => 35).map((s) => ({ ...s, onGpu: true }));
    expect(withOverhead(timed, new Map()).samples.every((s) => s.addedUs === 0)).toBe(true);
  });
});

describe("networks", () => {
  const device = shipped("gtx-1080-ti");

  test("a sweep of the host's speed agrees with predict", () => {
    const graph = buildNetwork("mobilenet_v2", { resolution: 64 });
    for (const host of ["eager", "compiled"] as const) {
      const options = { device, batch: 2, precision: "fp32", host, tuned: false } as const;
      const sweep = hostSweep(graph, options);
      for (const us of [3, 17, 60]) {
        const { latencyMs } = predict(graph, { ...options, hostUsPerOp: us });
        expect(sweep.at(us).latencyUs / 1000).toBeCloseTo(latencyMs, 9);
      }
    }
  });

  test("FBNet's networks are strung together as they are when they are built one by one", () => {
    const rng = stream(5, "fbnet");
    const sweeps = new Sweeps();
    for (let i = 0; i < 6; i++) {
      const blocks = Array.from({ length: 22 }, () => Math.floor(9 * rng.float())).join(" ");
      const parameters = { blocks, classes: 100, resolution: i % 2 === 0 ? 32 : 96 };
      const batch = 1 + 7 * (i % 3);
      const options = { device, batch, precision: "fp32", host: "eager", tuned: i > 3 } as const;
      const [row] = measured(17);
      const observation = { ...row!.observation, ...options, network: "fbnet", parameters };
      const sweep = sweeps.of({ ...row!, observation: { ...observation, device: device.id } });
      const whole = hostSweep(buildNetwork("fbnet", parameters), options);
      for (const us of [undefined, 11.3]) expect(sweep.at(us)).toEqual(whole.at(us));
    }
  });

  test("blocks that are waited for take the host's or the GPU's time, one by one", () => {
    const graph = buildNetwork("fbnet", { resolution: 32 });
    const options = { device, batch: 64, precision: "fp32", host: "eager", tuned: false } as const;
    const queued = hostSweep(graph, options).at(60);
    const drained = hostSweep(graph, { ...options, drained: true }).at(60);
    const busy = hostSweep(graph, { ...options, drained: true }).at(1e-3);
    // The first stages are the GPU's, the last ones the host's: a queue would hide the smaller part.
    expect(drained.latencyUs).toBeGreaterThan(1.15 * queued.latencyUs);
    expect(drained.latencyUs).toBeLessThan(queued.latencyUs + busy.latencyUs);
  });

  test("the rate of copied inputs is found, and is none of the model's time", () => {
    const rows = ["fp32", "fp16"].flatMap((precision) =>
      [11, 13, 16, 19].map((depth): NetworkRow => {
        const blocks = [depth - 10, depth - 9, 2, 2];
        const parameters = Object.fromEntries(blocks.map((n, i) => [`blocks${i + 1}`, n]));
        const shared = {
          precision: precision as "fp32" | "fp16",
          batch: 12,
          host: "eager" as const,
        };
        const graph = buildNetwork("resnet18", parameters);
        const { latencyMs } = predict(graph, { device, ...shared, tuned: true });
        const bytes = 12 * 3 * 224 * 224 * (precision === "fp32" ? 4 : 2);
        return {
          device,
          source: "a.csv",
          observation: {
            device: device.id,
            origin: "own",
            family: "own",
            ...shared,
            tuned: true,
            inputCopied: true,
            network: "resnet18",
            parameters,
            machine: "mine",
            measuredUs: 1000 * latencyMs + bytes / 2500,
            shape: `${depth}`,
          },
        };
      }),
    );
    const { samples, hosts } = networkSamples(rows);
    expect(hosts[0]!.copyGbs).toBeCloseTo(2.5, 2);
    for (const s of samples) expect(s.modelUs + s.addedUs).toBeCloseTo(s.measuredUs, 0);
  });

  const measured = (hostUsPerOp: number): NetworkRow[] =>
    Array.from({ length: 20 }, (_, i) => {
      const cell = Array.from({ length: 6 }, (_, e) => (i * 5 + e * e) % 5).join("");
      const { latencyMs } = predict(buildNetwork("nasbench201", { cell }), {
        device: withParameters(device, { gemmEfficiency: 0.7 }),
        batch: 1,
        hostUsPerOp,
      });
      return {
        device,
        source: `a.csv:${i}`,
        observation: {
          device: device.id,
          origin: "own",
          family: "nasbench201 batch 1",
          precision: "fp32",
          batch: 1,
          host: "eager",
          tuned: false,
          network: "nasbench201",
          parameters: { cell },
          machine: "mine",
          measuredUs: 1000 * latencyMs * (1 + 0.03 * Math.sin(9 * i)),
          shape: cell,
        },
      };
    });

  test("the host's speed is found from networks that it limits", () => {
    expect(fitHost(measured(41))).toBeGreaterThan(0.93 * 41);
    expect(fitHost(measured(41))).toBeLessThan(1.05 * 41);
    const { samples, hosts } = networkSamples(measured(41));
    expect(hosts).toMatchObject([{ machine: "mine", from: "these rows" }]);
    expect(report(samples).overall!.mape).toBeLessThan(0.05);
    // Half as fast a host than is said shows as an error.
    expect(report(networkSamples(measured(41), 20.5).samples).overall!.bias).toBeLessThan(-0.3);
  });
});
