import { describe, expect, it } from "vitest";
import { CoarseClock, measureGpu } from "../../../src/gpu/measure/index.ts";
import { empty, fma } from "../../../src/gpu/measure/kernels/index.ts";
import type { KernelTimer, Samples, Workload } from "../../../src/gpu/measure/types.ts";
import { type SimulatedGpu, SimulatedTimer } from "./simulated-gpu.ts";

const GPU: SimulatedGpu = {
  sms: 20,
  lanesPerSm: 128,
  mhz: 1100,
  sharedBytesPerSm: 100 * 1024,
  threadsPerSm: 1536,
  blocksPerSm: 24,
  dramGbs: 120,
  launchUs: 6,
  noise: 0.01,
};
const LIMITS = {
  maxThreadsPerWorkgroup: 1024,
  maxWorkgroupStorageBytes: 32_768,
  maxWorkgroupsPerDimension: 65_535,
  maxBufferBytes: 2 ** 30,
};
const TICK_NS = 65_536;

/** Whole passes are rounded down to ticks, as a browser does; none is dropped but zeros. */
class Rounded implements KernelTimer {
  readonly #inner = new SimulatedTimer(GPU);
  async time(works: readonly Workload[], rounds: number): Promise<readonly Samples[]> {
    const exact = await this.#inner.time(works, rounds);
    return exact.map(({ us }, i) => {
      const repeat = works[i]!.repeat;
      const tickUs = TICK_NS / 1000;
      const seen = us.map((one) => (Math.floor((one * repeat) / tickUs) * tickUs) / repeat);
      const some = seen.filter((value) => value > 0);
      return { us: some, dropped: seen.length - some.length };
    });
  }
}

describe("a clock that ticks slowly", () => {
  it("times short kernels within a twentieth", async () => {
    const works = [empty(1), fma({ sweep: "sm-count", workgroups: 8, iterations: 16 })];
    const coarse = await new CoarseClock(new Rounded(), TICK_NS).time(works, 5);
    const exact = await new SimulatedTimer(GPU).time(works, 5);
    for (const [i, { us, dropped }] of coarse.entries()) {
      expect(dropped).toBe(0);
      for (const value of us) expect(Math.abs(value / exact[i]!.us[0]! - 1)).toBeLessThan(0.1);
    }
  });

  it("finds the SMs that the same session finds none of without it", async () => {
    const options = { limits: LIMITS, quick: true };
    await expect(measureGpu(new Rounded(), options)).rejects.toThrow("zero or negative");
    const { sms } = await measureGpu(new CoarseClock(new Rounded(), TICK_NS), options);
    expect(sms).toMatchObject({ found: true, period: GPU.sms });
  });
});
