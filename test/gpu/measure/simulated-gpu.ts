/**
 * A GPU as an event simulation: units that each run some workgroups side by side, workgroups handed
 * out one by one to the least loaded unit. It knows nothing of the estimators.
 */
import { stream } from "../../../src/base/rng.ts";
import {
  type KernelTimer,
  type Samples,
  type Workload,
  workgroupsOf,
} from "../../../src/gpu/measure/types.ts";

export interface SimulatedGpu {
  readonly sms: number;
  readonly lanesPerSm: number;
  readonly mhz: number;
  readonly sharedBytesPerSm: number;
  readonly threadsPerSm: number;
  readonly blocksPerSm: number;
  readonly dramGbs: number;
  readonly launchUs: number;
  /** Standard deviation of a timing, as a fraction. */
  readonly noise?: number;
  /** Standard deviation of one workgroup's duration: softens later edges. */
  readonly jitter?: number;
  /** Share of timings that some other program disturbs, by up to five times. */
  readonly outliers?: number;
  /** The clock falls by this fraction over the whole session. */
  readonly drift?: number;
  /** No waves at all: work is spread evenly. */
  readonly fluid?: boolean;
}

/** Residents of one SM for this kernel. */
export function residents(gpu: SimulatedGpu, work: Workload): number {
  const shared =
    work.workgroupStorageBytes === 0
      ? Number.POSITIVE_INFINITY
      : Math.floor(gpu.sharedBytesPerSm / work.workgroupStorageBytes);
  return Math.min(shared, Math.floor(gpu.threadsPerSm / work.workgroup), gpu.blocksPerSm);
}

export class SimulatedTimer implements KernelTimer {
  readonly #gpu: SimulatedGpu;
  readonly #rng;
  readonly #units = new Map<string, number>();
  #timings = 0;

  constructor(gpu: SimulatedGpu, seed = 1) {
    this.#gpu = gpu;
    this.#rng = stream(seed, "test/simulated-gpu");
  }

  async time(works: readonly Workload[], rounds: number): Promise<Samples[]> {
    const us = works.map(() => [] as number[]);
    for (let r = 0; r < rounds; r++)
      for (const i of this.#rng.shuffle(works.map((_, k) => k))) us[i]!.push(this.#once(works[i]!));
    return us.map((x) => ({ us: Float64Array.from(x), dropped: 0 }));
  }

  #once(work: Workload): number {
    const gpu = this.#gpu;
    const { noise = 0, outliers = 0, drift = 0 } = gpu;
    this.#timings++;
    let us = gpu.launchUs + this.#busy(work);
    us *= 1 + drift * (1 - Math.exp(-this.#timings / 5000));
    us *= Math.exp(noise * this.#rng.normal());
    if (this.#rng.float() < outliers) us *= 1 + 4 * this.#rng.float();
    return us;
  }

  #busy(work: Workload): number {
    const gpu = this.#gpu;
    const groups = workgroupsOf(work);
    if (work.kernel === "empty") return 0;
    if (work.kernel === "copy" || work.kernel === "triad") return work.bytes / (gpu.dramGbs * 1e3);
    // FLOP/us of one SM.
    const perSm = 2 * gpu.lanesPerSm * gpu.mhz;
    const alone =
      work.kernel === "chase"
        ? (work.sizes.iterations! * 8 * 30) / gpu.mhz
        : (tileFlops(work) ?? work.flops / groups) / perSm;
    const shares = work.kernel !== "chase";
    if (gpu.fluid) return shares ? alone * Math.max(1, groups / gpu.sms) : alone;
    const jitter = gpu.jitter ?? 0;
    const on = residents(gpu, work);
    if (jitter > 0)
      return simulate(
        groups,
        gpu.sms,
        on,
        shares,
        () => alone * Math.exp(jitter * this.#rng.normal()),
      );
    // Times scale with the duration where all are alike.
    const key = `${groups} ${on} ${shares}`;
    let units = this.#units.get(key);
    if (units === undefined) {
      units = simulate(groups, gpu.sms, on, shares, () => 1);
      this.#units.set(key, units);
    }
    return units * alone;
  }
}

/** A tile costs the same however much of it the edge cuts off. */
function tileFlops({ kernel, sizes }: Workload): number | undefined {
  if (kernel === "matmul") return 2 * 64 * 64 * sizes.k!;
  if (kernel === "conv") return 2 * 64 * 32 * sizes.channels! * sizes.kernel! ** 2;
  return undefined;
}

/** End of the last workgroup. `shares`: residents of one SM divide its rate; else each has its own. */
function simulate(
  groups: number,
  sms: number,
  residentsPerSm: number,
  shares: boolean,
  duration: () => number,
): number {
  const left: number[][] = Array.from({ length: sms }, () => []);
  let waiting = groups;
  let now = 0;
  const hand = () => {
    while (waiting > 0) {
      let least = 0;
      for (let s = 1; s < sms; s++) if (left[s]!.length < left[least]!.length) least = s;
      if (left[least]!.length >= residentsPerSm) return;
      left[least]!.push(duration());
      waiting--;
    }
  };
  hand();
  for (;;) {
    let next = Number.POSITIVE_INFINITY;
    for (const on of left)
      if (on.length > 0) next = Math.min(next, Math.min(...on) * (shares ? on.length : 1));
    if (next === Number.POSITIVE_INFINITY) return now;
    now += next;
    for (let s = 0; s < sms; s++) {
      const on = left[s]!;
      const done = next / (shares ? on.length : 1);
      left[s] = on.map((x) => x - done).filter((x) => x > 1e-9);
    }
    hand();
  }
}
