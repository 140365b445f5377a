/** A prediction's kernels on both clocks, as the timeline needs them. Microseconds. */
import type { ScheduledKernel } from "../../../src/gpu/predict.ts";

/** Kernels one after another whose outputs have one size. */
export interface StageSpan {
  readonly name: string;
  /** Kernels `first` to `last`, both included. */
  readonly first: number;
  readonly last: number;
  readonly fromUs: number;
  readonly toUs: number;
}

export interface TimelineModel {
  /** Ascending in time; none overlap on the device. */
  readonly kernels: readonly ScheduledKernel[];
  readonly stages: readonly StageSpan[];
  readonly smCount: number;
  /** End of the last kernel, or of the host's work where that is later. */
  readonly spanUs: number;
}

export const endUs = ({ startUs, kernel }: ScheduledKernel): number => startUs + kernel.timeUs;

/** @param sizeOf output size of a node, e.g. `56x56`; undefined where it says nothing of a stage */
export function timelineModel(
  kernels: readonly ScheduledKernel[],
  smCount: number,
  latencyMs: number,
  sizeOf: (node: string) => string | undefined,
): TimelineModel {
  const last = kernels.at(-1);
  const spanUs = Math.max(latencyMs * 1e3, last === undefined ? 0 : endUs(last));
  return { kernels, smCount, spanUs, stages: stagesOf(kernels, sizeOf) };
}

function stagesOf(
  kernels: readonly ScheduledKernel[],
  sizeOf: (node: string) => string | undefined,
): StageSpan[] {
  const stages: StageSpan[] = [];
  kernels.forEach((scheduled, i) => {
    const before = stages.at(-1);
    const name = sizeOf(scheduled.kernel.nodes.at(-1) ?? "") ?? before?.name ?? "other";
    if (before?.name === name)
      stages[stages.length - 1] = { ...before, last: i, toUs: endUs(scheduled) };
    else
      stages.push({
        name,
        first: i,
        last: i,
        fromUs: scheduled.startUs,
        toUs: endUs(scheduled),
      });
  });
  return stages;
}

/** The kernels that run within an interval: the first and one past the last. */
export function kernelsWithin(
  kernels: readonly ScheduledKernel[],
  fromUs: number,
  toUs: number,
): readonly [first: number, end: number] {
  const first = firstWhere(kernels, (k) => endUs(k) > fromUs);
  return [
    first,
    Math.max(
      first,
      firstWhere(kernels, (k) => k.startUs >= toUs),
    ),
  ];
}

/** The first that `holds`, where all after the first one hold too; else their number. */
export function firstWhere<T>(sorted: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
