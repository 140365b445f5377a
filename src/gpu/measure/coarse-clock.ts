/**
 * Times on a clock that ticks too slowly for one kernel: browsers round timestamps (Chrome to 65,536 ns)
 * so that pages cannot time one another. A pass then runs its kernel many times over, until the whole
 * pass lasts many ticks; its launches, one after the other, count as the kernel's.
 */
import { empty } from "./kernels/index.ts";
import type { KernelTimer, Samples, Workload } from "./types.ts";

/** Coarser than this, short kernels cannot be told apart. */
export const COARSE_TICK_NS = 1000;
/** Ticks that a pass lasts at least: rounding is then at most a twentieth of it. */
const TICKS = 20;
/** Repetitions at most: a kernel of nothing takes a fraction of a microsecond. */
const MOST = 1 << 16;

/** Passes that are timed to see the step of the clock. */
const PROBES = [8, 32, 128, 512, 2048];

/** The step of the timer's clock as its timestamps show it, ns. */
export async function tickOf(timer: KernelTimer & { readonly quantumNs: number }): Promise<number> {
  await timer.time(PROBES.map(empty), 2);
  return timer.quantumNs;
}

export class CoarseClock implements KernelTimer {
  readonly #inner: KernelTimer;
  readonly #leastUs: number;
  /** Repetitions that were enough, by program and size. */
  readonly #repeats = new Map<string, number>();

  constructor(inner: KernelTimer, tickNs: number) {
    this.#inner = inner;
    this.#leastUs = (TICKS * tickNs) / 1000;
  }

  async time(works: readonly Workload[], rounds: number): Promise<readonly Samples[]> {
    const longer: Workload[] = [];
    for (const work of works) longer.push({ ...work, repeat: await this.#repeatOf(work) });
    return this.#inner.time(longer, rounds);
  }

  async #repeatOf(work: Workload): Promise<number> {
    const key = JSON.stringify([work.kernel, work.sizes, work.grid, work.workgroup]);
    let repeat = this.#repeats.get(key) ?? work.repeat;
    if (this.#repeats.has(key)) return repeat;
    for (;;) {
      const [{ us } = { us: new Float64Array() }] = await this.#inner.time(
        [{ ...work, repeat }],
        1,
      );
      const passUs = (us[0] ?? 0) * repeat;
      if (passUs >= this.#leastUs || repeat >= MOST) break;
      // Twice what seems to be needed at most: a pass within one tick says little.
      const factor = passUs === 0 ? 8 : Math.min(8, (1.25 * this.#leastUs) / passUs);
      repeat = Math.min(MOST, Math.max(repeat + 1, Math.ceil(repeat * factor)));
    }
    this.#repeats.set(key, repeat);
    return repeat;
  }
}
