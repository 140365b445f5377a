/**
 * What a profile holds, whatever tool wrote it: launches of kernels in groups of equal name and
 * configuration, when they ran, when the host asked for them, and what was left out and why.
 */

export type Dim3 = readonly [number, number, number];

/** One launch as the profile tells it. What a profile lacks is undefined. */
export interface LaunchRecord {
  readonly name: string;
  readonly grid: Dim3;
  readonly block: Dim3;
  readonly registersPerThread: number | undefined;
  /** Static and dynamic, without what the system takes. */
  readonly sharedBytesPerBlock: number | undefined;
  /** Index of the GPU. */
  readonly device: number;
  readonly timeUs: number;
  readonly reported: Reported;
}

/** Figures of the profiler itself, shares in [0, 1]. */
export interface Reported {
  /** Blocks of the grid over the number of SMs. */
  readonly gridBlocksPerSm?: number | undefined;
  /** Resident warps over the maximum, by the profiler's calculation for this grid. */
  readonly estimatedOccupancy?: number | undefined;
  /** Resident warps over the maximum, measured. */
  readonly achievedOccupancy?: number | undefined;
  /** Resident blocks that each resource of an SM would allow. */
  readonly blockLimits?: BlockLimits | undefined;
  /** Blocks over all slots, not rounded. */
  readonly wavesPerSm?: number | undefined;
  /** Throughput of the SMs' pipelines and of memory, of their peaks. */
  readonly computeThroughput?: number | undefined;
  readonly memoryThroughput?: number | undefined;
  readonly dramThroughput?: number | undefined;
  readonly dramBytes?: number | undefined;
}

export interface BlockLimits {
  readonly registers: number | undefined;
  readonly "shared memory": number | undefined;
  readonly warps: number | undefined;
  readonly blocks: number | undefined;
}

/** A GPU as the profile describes it. */
export interface ReportedBoard {
  readonly index: number;
  readonly name?: string | undefined;
  readonly computeCapability?: string | undefined;
  readonly smCount?: number | undefined;
  readonly warpSize?: number | undefined;
  readonly maxThreadsPerSm?: number | undefined;
  readonly registersPerSm?: number | undefined;
  readonly registersPerBlock?: number | undefined;
  readonly sharedBytesPerSm?: number | undefined;
  readonly sharedBytesPerBlock?: number | undefined;
}

/** Launches that differ in their times only. */
export interface LaunchGroup {
  readonly first: LaunchRecord;
  readonly timesUs: number[];
  /** Sums over launches that report them, weighted by time where they are shares. */
  readonly sums: Map<keyof Reported, { weighted: number; weightUs: number }>;
}

/** Why something was left out, and how often. */
export interface Skip {
  readonly reason: string;
  readonly count: number;
}

const WEIGHTED = [
  "achievedOccupancy",
  "computeThroughput",
  "memoryThroughput",
  "dramThroughput",
  "dramBytes",
] as const;

/** Intervals of one kind in growing columns: a long trace has a million. */
export class Intervals {
  readonly startsUs: number[] = [];
  readonly timesUs: number[] = [];
  /** Group of the kernel; -1: a copy or a fill. */
  readonly groups: number[] = [];
  readonly devices: number[] = [];
  /** Identifies the host's call; NaN where the profile does not tell. */
  readonly correlations: number[] = [];

  get length(): number {
    return this.startsUs.length;
  }
}

export class Recording {
  readonly groups: LaunchGroup[] = [];
  readonly intervals = new Intervals();
  /** Start of the host's call, by correlation. Microseconds. */
  readonly calls = new Map<number, number>();
  readonly boards = new Map<number, ReportedBoard>();
  /** Copies and fills. */
  copies = 0;
  copiesUs = 0;
  private readonly index = new Map<string, number>();
  private readonly reasons = new Map<string, number>();

  /** @param startUs undefined where the profile has no timeline */
  launch(record: LaunchRecord, startUs?: number, correlation = Number.NaN): void {
    const key = `${record.device}|${record.grid.join()}|${record.block.join()}|${record.registersPerThread}|${record.sharedBytesPerBlock}|${record.name}`;
    let at = this.index.get(key);
    if (at === undefined) {
      at = this.groups.length;
      this.index.set(key, at);
      this.groups.push({ first: record, timesUs: [], sums: new Map() });
    }
    const group = this.groups[at]!;
    group.timesUs.push(record.timeUs);
    for (const name of WEIGHTED) {
      const value = record.reported[name];
      if (value === undefined) continue;
      const sum = group.sums.get(name) ?? { weighted: 0, weightUs: 0 };
      sum.weighted += value * record.timeUs;
      sum.weightUs += record.timeUs;
      group.sums.set(name, sum);
    }
    if (startUs !== undefined)
      this.interval(startUs, record.timeUs, at, record.device, correlation);
  }

  copy(startUs: number, timeUs: number, device: number, correlation = Number.NaN): void {
    this.copies++;
    this.copiesUs += timeUs;
    this.interval(startUs, timeUs, -1, device, correlation);
  }

  skip(reason: string): void {
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }

  /** Most frequent first. */
  get skips(): Skip[] {
    return [...this.reasons]
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count);
  }

  private interval(
    startUs: number,
    timeUs: number,
    group: number,
    device: number,
    correlation: number,
  ): void {
    const { intervals } = this;
    intervals.startsUs.push(startUs);
    intervals.timesUs.push(timeUs);
    intervals.groups.push(group);
    intervals.devices.push(device);
    intervals.correlations.push(correlation);
  }
}

/** Mean of a reported figure over a group's time; undefined where none reports it. */
export function meanReported(
  group: LaunchGroup,
  name: (typeof WEIGHTED)[number],
): number | undefined {
  const sum = group.sums.get(name);
  return sum === undefined || sum.weightUs === 0 ? undefined : sum.weighted / sum.weightUs;
}
