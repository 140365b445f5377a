import { describe, expect, it } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import { median } from "../../../src/base/stats.ts";
import { fma } from "../../../src/gpu/measure/kernels/index.ts";
import { findStaircase, type StairPoint } from "../../../src/gpu/measure/staircase.ts";
import { type SimulatedGpu, SimulatedTimer } from "./simulated-gpu.ts";

const BOARD: SimulatedGpu = {
  sms: 30,
  lanesPerSm: 128,
  mhz: 1600,
  sharedBytesPerSm: 65536,
  threadsPerSm: 1024,
  blocksPerSm: 16,
  dramGbs: 400,
  launchUs: 4,
};

async function sweep(gpu: SimulatedGpu, last: number, seed = 1, rounds = 3): Promise<StairPoint[]> {
  const timer = new SimulatedTimer(gpu, seed);
  const works = Array.from({ length: last }, (_, i) =>
    fma({ sweep: "test", workgroups: i + 1, iterations: 3000 }),
  );
  const samples = await timer.time(works, rounds);
  return samples.map((s, i) => ({ at: i + 1, us: median(s.us) }));
}

const model = (n: number, f: (at: number) => number) =>
  Array.from({ length: n }, (_, i) => ({ at: i + 1, us: f(i + 1) }));

describe("findStaircase", () => {
  it.each([2, 3, 5, 8, 10, 16, 28, 46, 68, 84, 132])("finds %i SMs without noise", async (sms) => {
    const s = findStaircase(
      await sweep({ ...BOARD, sms }, Math.max(12, Math.ceil(3.4 * sms)), 1, 1),
    );
    expect(s).toMatchObject({ found: true, period: sms, low: sms, high: sms, confidence: "high" });
  });

  it.each([
    { noise: 0.01, jitter: 0.01, outliers: 0 },
    { noise: 0.03, jitter: 0.03, outliers: 0.05 },
    { noise: 0.05, jitter: 0.02, outliers: 0.1, drift: 0.1 },
  ])("finds the SMs under %o, or an interval that holds them", async (dirt) => {
    let exact = 0;
    for (let seed = 0; seed < 5; seed++) {
      const sms = 9 + 8 * seed;
      const s = findStaircase(await sweep({ ...BOARD, ...dirt, sms }, Math.ceil(3.4 * sms), seed));
      expect(s, `${sms} SMs`).toMatchObject({ found: true });
      if (!s.found) continue;
      expect(s.low).toBeLessThanOrEqual(sms);
      expect(s.high).toBeGreaterThanOrEqual(sms);
      if (s.period === sms) exact++;
    }
    expect(exact).toBeGreaterThanOrEqual(3);
  });

  it("reads hardness, step and base back from soft stairs", () => {
    const rng = stream(3, "test/soft");
    const points = model(120, (n) => {
      const units = 0.6 * Math.ceil(n / 24) + 0.4 * Math.max(n / 24, 1);
      return (20 + 100 * units) * (1 + 0.003 * rng.normal());
    });
    const s = findStaircase(points);
    expect(s).toMatchObject({ found: true, period: 24 });
    if (!s.found) return;
    expect(s.hardness).toBeCloseTo(0.6, 1);
    expect(Math.abs(s.stepUs - 100)).toBeLessThan(3);
    expect(Math.abs(s.baseUs - 20)).toBeLessThan(6);
  });

  it("works on gaps in the counts", () => {
    const points = model(400, (n) => 5 + 50 * Math.ceil(n / 96)).filter(
      (p) => p.at % 7 === 1 || Math.abs(((p.at + 20) % 96) - 20) < 8,
    );
    expect(findStaircase(points)).toMatchObject({ found: true, period: 96 });
  });

  describe("says why there is none", () => {
    const reasonOf = (points: readonly StairPoint[]) => {
      const s = findStaircase(points);
      return s.found ? `found ${s.period}` : s.reason;
    };
    const rng = stream(4, "test/none");
    const noisy = (x: number, sd = 0.02) => x * Math.exp(sd * rng.normal());

    it("a ramp", async () => {
      expect(reasonOf(model(100, (n) => noisy(10 * Math.max(n / 25, 1))))).toMatch(/smooth|ramp/);
      const fluid = await sweep({ ...BOARD, fluid: true, noise: 0.02 }, 102);
      expect(reasonOf(fluid)).toMatch(/smooth|ramp/);
    });
    it("a line from the first unit on", () => {
      const s = findStaircase(model(40, (n) => noisy(3 + 100 * n)));
      expect(s).toMatchObject({ found: false, serial: true });
    });
    it("a constant", () => {
      expect(reasonOf(model(40, () => noisy(10)))).toMatch(/grows by/);
    });
    it("one jump, as of a clock that changed", () => {
      expect(reasonOf(model(60, (n) => noisy(n <= 30 ? 10 : 25)))).not.toMatch(/^found/);
    });
    it("noise alone", () => {
      for (let i = 0; i < 20; i++)
        expect(reasonOf(model(60, (n) => noisy(10 + n, 0.5)))).not.toMatch(/^found/);
    });
    it("too few points", () => {
      expect(reasonOf(model(5, (n) => n))).toMatch(/only 5/);
    });
  });
});
