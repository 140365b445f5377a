/** The whole session: launch, warm-up, staircases, peak rate, bandwidth, widths. */
import { measureBandwidth } from "./bandwidth.ts";
import { type CountSweep, scout, sweepCounts } from "./count-sweep.ts";
import type { Findings, Quantity, Residency } from "./findings.ts";
import { chase, empty, fma } from "./kernels/index.ts";
import { type Pace, Recorder, roundsFor } from "./recorder.ts";
import { residencyFromSlots, smCountOf, sweepResidency } from "./residency.ts";
import type { KernelTimer, MeasureLimits, Measurement, Workload } from "./types.ts";
import { sweepConvWidth, sweepMatmulWidth } from "./width-sweep.ts";

export const STAGES = [
  "launch",
  "warm-up",
  "SM count",
  "slots",
  "residency",
  "peak rate",
  "bandwidth",
  "widths",
] as const;
export type Stage = (typeof STAGES)[number];

export interface SessionOptions {
  readonly limits: MeasureLimits;
  /** Fewer rounds, points and bytes: a first look in seconds. */
  readonly quick?: boolean;
  readonly onMeasurement?: (m: Measurement) => void;
  readonly onStage?: (stage: Stage) => void;
}

interface Scale {
  readonly pace: Pace;
  readonly mostPoints: number;
  /** Least time of one workgroup: in microseconds, well above the clock's tick; in launches. */
  readonly targetUs: number;
  readonly launches: number;
  readonly warmUs: number;
  readonly warmAtMostUs: number;
  readonly largestBytes: number;
}

const FULL: Scale = {
  pace: { budgetUs: 5e6, fewestRounds: 5, mostRounds: 15 },
  mostPoints: 400,
  targetUs: 200,
  launches: 10,
  warmUs: 5e5,
  warmAtMostUs: 5e6,
  largestBytes: 2 ** 28,
};
const QUICK: Scale = {
  pace: { budgetUs: 3e5, fewestRounds: 3, mostRounds: 7 },
  mostPoints: 130,
  targetUs: 100,
  launches: 4,
  warmUs: 5e4,
  warmAtMostUs: 5e5,
  largestBytes: 2 ** 26,
};

/** Workgroup memory of the slots' sweep, which decides how many are resident. */
const SLOT_BYTES = 16_384;
const SLOT_THREADS = 32;
const MOST_COUNTS = 65_535;
const CHAINS = [4, 8, 16] as const;

/** @throws UserError where the timer gives no usable times */
export async function measureGpu(timer: KernelTimer, options: SessionOptions): Promise<Findings> {
  const { limits } = options;
  const stage = options.onStage ?? (() => {});
  const scale = options.quick ? QUICK : FULL;
  const { pace } = scale;
  const recorder = new Recorder(timer, options.onMeasurement ?? (() => {}));

  stage("launch");
  const launchUs = await measureLaunch(recorder, pace);
  const targetUs = Math.max(scale.targetUs, scale.launches * launchUs.q1);
  const fmaSweep = async (): Promise<CountSweep> => {
    const iterations = await iterationsFor(recorder, targetUs, (n) =>
      fma({ sweep: "sm-count", workgroups: 1, iterations: n }),
    );
    return {
      make: (workgroups) => fma({ sweep: "sm-count", workgroups, iterations }),
      launchUs: launchUs.value,
      pace,
      mostPoints: scale.mostPoints,
      mostCounts: MOST_COUNTS,
    };
  };

  stage("warm-up");
  const cold = await fmaSweep();
  const wide = (await scout(recorder, cold))?.period ?? 64;
  const load = cold.make(Math.ceil(8 * wide));
  const warmUs = await warmUp(recorder, load, scale);

  stage("SM count");
  // Found again: the clock may have doubled since.
  const sweep = await fmaSweep();
  const sms = await sweepCounts(recorder, sweep);
  const smCount = smCountOf(sms);

  stage("slots");
  const shape = {
    workgroup: SLOT_THREADS,
    storageBytes: Math.min(SLOT_BYTES, limits.maxWorkgroupStorageBytes),
  };
  const waits = (workgroups: number, n: number) =>
    chase({ sweep: "slots", workgroups, iterations: n, ...shape });
  const iterations = await iterationsFor(recorder, targetUs, (n) => waits(1, n));
  const slotStairs = await sweepCounts(recorder, {
    ...sweep,
    make: (workgroups) => waits(workgroups, iterations),
  });
  const slots = residencyFromSlots(shape, slotStairs, sms);

  stage("residency");
  const residencies: Residency[] = [];
  if (sms.found)
    for (const workgroup of [SLOT_THREADS, Math.min(256, limits.maxThreadsPerWorkgroup)])
      residencies.push(
        await sweepResidency(recorder, {
          shape: { workgroup, storageBytes: 4 * workgroup },
          smCount: sms.period,
          iterations,
          pace,
        }),
      );

  stage("peak rate");
  const fp32Tflops = await measurePeak(recorder, load, smCount ?? wide, pace);

  stage("bandwidth");
  const bandwidth = await measureBandwidth(recorder, {
    limits,
    pace,
    largestBytes: scale.largestBytes,
  });

  stage("widths");
  const width = { smCount, targetUs, pace };
  const widths = [await sweepMatmulWidth(recorder, width), await sweepConvWidth(recorder, width)];
  return {
    launchUs,
    fp32Tflops,
    dramGbs: bandwidth.gbs,
    dramFootprintBytes: bandwidth.footprintBytes,
    sms,
    slots,
    residencies,
    widths,
    clockDrift: (await recorder.probe(load, pace.fewestRounds)) / warmUs,
  };
}

async function measureLaunch(recorder: Recorder, pace: Pace): Promise<Quantity> {
  // Compiles, and fails with a reason where there are no timestamps.
  await recorder.probe(empty(256));
  const m = (await recorder.run([empty(256)], pace.mostRounds))[0]!;
  return { value: m.medianUs, q1: m.q1Us, q3: m.q3Us, n: m.n };
}

/** Doubles, then scales, until one workgroup takes the target. */
async function iterationsFor(
  recorder: Recorder,
  targetUs: number,
  make: (iterations: number) => Workload,
): Promise<number> {
  let iterations = 4;
  // Its first run compiles it.
  await recorder.probe(make(iterations), 1);
  for (;;) {
    const us = await recorder.probe(make(iterations));
    if (us >= 0.5 * targetUs || iterations >= 1 << 22) {
      const scaled = Math.max(1, Math.round((iterations * targetUs) / us));
      // Fewer, and then far too short: what looked long was another program's doing.
      if (scaled >= iterations || (await recorder.probe(make(scaled))) >= 0.3 * targetUs)
        return scaled;
    }
    iterations *= 2;
  }
}

/** Runs a full load until the clock is steady; the time of the load then. */
async function warmUp(recorder: Recorder, load: Workload, scale: Scale): Promise<number> {
  let spent = 0;
  let before = Number.POSITIVE_INFINITY;
  for (;;) {
    const rounds = 5;
    const us = await recorder.probe(load, rounds);
    spent += rounds * us;
    const steady = Math.abs(us / before - 1) < 0.01;
    if ((spent >= scale.warmUs && steady) || spent >= scale.warmAtMostUs) return us;
    before = us;
  }
}

/** The best of a few numbers of chains: which one fills the pipeline depends on the device. */
async function measurePeak(
  recorder: Recorder,
  load: Workload,
  smCount: number,
  pace: Pace,
): Promise<Quantity> {
  const iterations = 2 * load.sizes.iterations!;
  const works = CHAINS.map((chains) =>
    fma({
      sweep: "peak",
      workgroups: 16 * Math.max(1, Math.round(smCount)),
      iterations: Math.ceil((iterations * 8) / chains),
      chains,
    }),
  );
  const us = await recorder.probe(works[0]!, 1);
  const measured = await recorder.run(works, roundsFor(pace, us * works.length));
  const best = measured.reduce((a, b) => (a.flops / a.medianUs >= b.flops / b.medianUs ? a : b));
  const tflops = (t: number) => best.flops / t / 1e6;
  return {
    value: tflops(best.medianUs),
    q1: tflops(best.q3Us),
    q3: tflops(best.q1Us),
    n: best.n,
  };
}
