/** Runs workloads, keeps every result, and knows how many rounds a budget of time allows. */
import { UserError } from "../../base/errors.ts";
import { median, quantile } from "../../base/stats.ts";
import type { KernelTimer, Measurement, Samples, Workload } from "./types.ts";
import { workgroupsOf } from "./types.ts";

export interface Pace {
  /** GPU time that one sweep may take, microseconds. */
  readonly budgetUs: number;
  readonly fewestRounds: number;
  readonly mostRounds: number;
}

export class Recorder {
  readonly #timer: KernelTimer;
  readonly #onMeasurement: (m: Measurement) => void;

  constructor(timer: KernelTimer, onMeasurement: (m: Measurement) => void) {
    this.#timer = timer;
    this.#onMeasurement = onMeasurement;
  }

  /** Results in the order of `works`; those without a single usable timing are left out. */
  async run(works: readonly Workload[], rounds: number): Promise<Measurement[]> {
    const samples = await this.#timer.time(works, rounds);
    const out: Measurement[] = [];
    works.forEach((work, i) => {
      const m = measurementOf(work, samples[i]!);
      if (m.n === 0) return;
      out.push(m);
      this.#onMeasurement(m);
    });
    return out;
  }

  /**
   * One workload, not kept: to find sizes, to warm the clock. Microseconds.
   *
   * @throws UserError where the driver gives no usable timing
   */
  async probe(work: Workload, rounds = 3): Promise<number> {
    const [samples] = await this.#timer.time([work], rounds);
    if (samples!.us.length === 0)
      throw new UserError(
        `the GPU's timestamps for ${work.kernel} are zero or negative in all of ${rounds} runs`,
        { hint: "update the GPU's driver, or choose another adapter" },
      );
    return median(samples!.us);
  }
}

/** Odd, so that the median is one of the timings. */
export function roundsFor(pace: Pace, oneRoundUs: number): number {
  const affordable = Math.floor(pace.budgetUs / Math.max(1, oneRoundUs));
  const rounds = Math.min(pace.mostRounds, Math.max(pace.fewestRounds, affordable));
  return rounds % 2 === 1 ? rounds : rounds - 1;
}

/** A sweep may take this many budgets before it leaves sizes out. */
const PATIENCE = 3;
const FEWEST_POINTS = 24;

/**
 * How many of `count` sizes a sweep may visit: all on any GPU, a sample on a device so slow that the
 * fewest rounds over all of them would take many times the budget.
 */
export function affordable(pace: Pace, oneRoundUs: number, count: number): number {
  const share = (PATIENCE * pace.budgetUs) / (pace.fewestRounds * oneRoundUs);
  return Math.max(FEWEST_POINTS, Math.floor(share * count));
}

function measurementOf(work: Workload, samples: Samples): Measurement {
  const { us, dropped } = samples;
  return {
    kernel: work.kernel,
    sweep: work.sweep,
    sizes: work.sizes,
    grid: work.grid,
    workgroups: workgroupsOf(work),
    workgroup: work.workgroup,
    workgroupStorageBytes: work.workgroupStorageBytes,
    flops: work.flops,
    bytes: work.bytes,
    medianUs: median(us),
    q1Us: quantile(us, 0.25),
    q3Us: quantile(us, 0.75),
    minUs: quantile(us, 0),
    n: us.length,
    dropped,
  };
}
