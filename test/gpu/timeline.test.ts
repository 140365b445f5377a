import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HostFigures } from "../../src/gpu/host.ts";
import type { TimedKernel } from "../../src/gpu/kernels/index.ts";
import type { Launch } from "../../src/gpu/lower.ts";
import { runTimeline } from "../../src/gpu/timeline.ts";

const launch = (hostUs: number, ...timesUs: readonly number[]): Launch => ({
  nodes: [],
  hostUs,
  kernels: timesUs.map((timeUs) => ({ timeUs }) as TimedKernel),
});
const figures = (changes: Partial<HostFigures> = {}): HostFigures => ({
  fuses: false,
  usPerOp: 10,
  usPerLaunch: 5,
  usToStart: 0,
  gapUs: 1,
  ...changes,
});

describe("runTimeline", () => {
  it("waits for the host where kernels are short", () => {
    // Issued at 10, 20, 30; each done before the next is there.
    const t = runTimeline([launch(10, 2), launch(10, 2), launch(10, 2)], figures());
    expect(t).toEqual({ latencyUs: 32, gpuUs: 6, hostUs: 30 });
  });

  it("waits for the GPU where kernels are long", () => {
    // 10 until the first is issued, then back to back with a gap of 1 in between.
    const t = runTimeline([launch(10, 100), launch(10, 100), launch(10, 100)], figures());
    expect(t).toEqual({ latencyUs: 312, gpuUs: 300, hostUs: 30 });
  });

  it("lets the host run ahead during a long kernel and fall behind again", () => {
    // Kernel 1 runs 10..60 while 2 and 3 are issued at 20 and 30; they run 61..63 and 64..66. The
    // fourth is issued at 130.
    const t = runTimeline(
      [launch(10, 50), launch(10, 2), launch(10, 2), launch(100, 2)],
      figures(),
    );
    expect(t.latencyUs).toBe(132);
  });

  it("charges further kernels of one node a launch each", () => {
    expect(runTimeline([launch(10, 1, 1, 1)], figures()).hostUs).toBe(20);
  });

  it("ends with the host where the last work is the host's", () => {
    expect(runTimeline([launch(10, 5), launch(40)], figures())).toEqual({
      latencyUs: 50,
      gpuUs: 5,
      hostUs: 50,
    });
  });

  it("tells each kernel's start and the idle time before it", () => {
    const seen: number[][] = [];
    runTimeline([launch(10, 2), launch(10, 30), launch(10, 2)], figures(), (_, i, idle, start) => {
      seen.push([i, idle, start]);
    });
    expect(seen).toEqual([
      [0, 10, 10],
      [0, 8, 20],
      [0, 1, 51],
    ]);
  });

  it("lies between the busier clock and both together", () => {
    const launches = fc.array(fc.tuple(fc.nat(100), fc.array(fc.nat(200), { maxLength: 4 })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(launches, fc.nat(3), (items, gapUs) => {
        const t = runTimeline(
          items.map(([host, times]) => launch(host, ...times)),
          figures({ gapUs }),
        );
        const kernels = items.reduce((n, [, times]) => n + times.length, 0);
        expect(t.latencyUs).toBeGreaterThanOrEqual(Math.max(t.gpuUs, t.hostUs));
        expect(t.latencyUs).toBeLessThanOrEqual(t.gpuUs + t.hostUs + gapUs * kernels);
      }),
    );
  });
});
