import { beforeAll, describe, expect, it } from "vitest";
import { predict, type ScheduledKernel } from "../../src/gpu/predict.ts";
import type { HostMode, Prediction } from "../../src/gpu/types.ts";
import { traceText } from "../../src/report/trace.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { shipped } from "../gpu/shipped.ts";

interface Event {
  ph: string;
  pid: number;
  tid?: number;
  ts: number;
  dur?: number;
  id?: number;
  name: string;
  cat?: string;
  args?: Record<string, unknown>;
}
interface Trace {
  traceEvents: Event[];
  otherData: Record<string, unknown>;
  deviceProperties: Record<string, unknown>[];
}

const device = shipped("v100-sxm2");
const network = buildNetwork("resnet18", {});

function traced(host: HostMode, maxSmSlices?: number) {
  const kernels: ScheduledKernel[] = [];
  const prediction = predict(network, { device, host, onKernel: (k) => kernels.push(k) });
  const options = maxSmSlices === undefined ? {} : { maxSmSlices };
  const text = [...traceText(prediction, device, kernels, options)].join("");
  return { prediction, kernels, trace: JSON.parse(text) as Trace };
}

const slicesOf = (trace: Trace, cat: string) =>
  trace.traceEvents.filter((e) => e.ph === "X" && e.cat === cat);

describe.each(["eager", "compiled", "cuda-graph"] as const)("the trace of %s", (host) => {
  let prediction: Prediction;
  let trace: Trace;
  beforeAll(() => {
    ({ prediction, trace } = traced(host));
  });

  it("keeps to the Chrome Trace Event format", () => {
    const names = new Set<string>();
    for (const e of trace.traceEvents) {
      expect(typeof e.name).toBe("string");
      expect(Number.isFinite(e.ts) && e.ts >= 0).toBe(true);
      expect(Number.isInteger(e.pid) && e.pid > 0).toBe(true);
      if (e.name === "thread_name") names.add(`${e.pid}/${e.tid}`);
      if (e.ph === "X") expect(e.dur).toBeGreaterThanOrEqual(0);
      if (e.ph === "C") expect(Object.values(e.args!).every(Number.isFinite)).toBe(true);
    }
    expect(new Set(trace.traceEvents.map((e) => e.ph))).toEqual(
      new Set(host === "cuda-graph" ? ["M", "X", "C"] : ["M", "X", "C", "s", "f"]),
    );
    for (const e of trace.traceEvents)
      if (e.ph === "X") expect(names).toContain(`${e.pid}/${e.tid}`);
    expect(names.size).toBe(2 + device.smCount);
  });

  it("has no two slices at once on one track", () => {
    const tracks = new Map<string, Event[]>();
    for (const e of trace.traceEvents)
      if (e.ph === "X") {
        const track = `${e.pid}/${e.tid}`;
        tracks.set(track, [...(tracks.get(track) ?? []), e]);
      }
    for (const events of tracks.values()) {
      events.sort((a, b) => a.ts - b.ts);
      for (let i = 1; i < events.length; i++) {
        const before = events[i - 1]!;
        expect(events[i]!.ts).toBeGreaterThanOrEqual(before.ts + before.dur! - 1e-6);
      }
    }
  });

  it("shows each kernel for its time, from its launch on, and ends with the latency", () => {
    const kernels = slicesOf(trace, "kernel");
    expect(kernels.map((e) => e.name)).toEqual(prediction.kernels.map((k) => k.name));
    kernels.forEach((e, i) => {
      expect(e.dur).toBeCloseTo(prediction.kernels[i]!.timeUs, 2);
    });
    const end = Math.max(...kernels.map((e) => e.ts + e.dur!));
    expect(end).toBeLessThanOrEqual(prediction.latencyMs * 1e3 + 2e-3);
    if (host === "cuda-graph") return;
    const launched = new Map(
      slicesOf(trace, "cuda_runtime").map((e) => [e.args!.correlation, e.ts + e.dur!]),
    );
    for (const e of kernels)
      expect(launched.get(e.args!.correlation)).toBeLessThanOrEqual(e.ts + 1e-6);
  });

  it("gives SMs the kernels' blocks: all of them, for their time", () => {
    const waves = slicesOf(trace, "wave");
    prediction.kernels.forEach((k, i) => {
      const own = waves.filter((e) => e.args!.kernel === i + 1);
      expect(own.reduce((n, e) => n + (e.args!.blocks as number), 0)).toBe(k.blocks);
      const busy = own.reduce((t, e) => t + e.dur!, 0);
      const most = Math.ceil(k.blocks / device.smCount);
      // Slices are rounded to a nanosecond each.
      expect(Math.abs(busy - (k.blocks * k.timeUs) / most)).toBeLessThan(1e-3 * own.length);
    });
  });
});

describe("a trace that would be too long", () => {
  it("draws the full waves of an SM as one slice, with all blocks told", () => {
    const all = slicesOf(traced("eager").trace, "wave").length;
    const { trace, kernels } = traced("eager", all - 1);
    expect(trace.otherData.smTracks).toBe(
      `full waves of an SM are one slice in ${kernels.length} kernels; 0 kernels have no SM slices (the shortest)`,
    );
    const waves = slicesOf(trace, "wave");
    expect(waves.length).toBeLessThan(all);
    const blocks = waves.reduce((n, e) => {
      const [, first, last] = / (\d+)(?:-(\d+))?\/\d+$/.exec(e.name)!;
      return n + (e.args!.blocks as number) * (Number(last ?? first) - Number(first) + 1);
    }, 0);
    expect(blocks).toBe(kernels.reduce((n, k) => n + k.kernel.blocks, 0));
  });

  it("keeps the SM tracks of the longest kernels and counts the others", () => {
    const { trace, kernels } = traced("eager", 800);
    const waves = slicesOf(trace, "wave");
    expect(waves.length).toBeLessThanOrEqual(800);
    const drawn = new Set(waves.map((e) => (e.args!.kernel as number) - 1));
    const times = kernels.map((k) => k.kernel.timeUs);
    const shortestDrawn = Math.min(...[...drawn].map((i) => times[i]!));
    const longestLeft = Math.max(...times.filter((_, i) => !drawn.has(i)));
    expect(shortestDrawn).toBeGreaterThanOrEqual(longestLeft);
    expect(trace.otherData.smTracks).toContain(
      `${kernels.length - drawn.size} kernels have no SM slices`,
    );
  });
});
