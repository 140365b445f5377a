/**
 * Where the GPU stood idle between its kernels, and why. In a gap before a kernel the GPU waits for
 * the host until the host's call begins; what remains is the call's way to the GPU. A gap before a
 * kernel that was asked for in time is the front end's, or a dependency's.
 */
import type { Recording } from "./recording.ts";

export interface DeviceTimeline {
  readonly device: number;
  /** From the first kernel or copy to the end of the last. */
  readonly spanUs: number;
  /** At least one kernel or copy runs. */
  readonly busyUs: number;
  /** No call had been made for what runs next. */
  readonly hostUs: number;
  /** From the call to the kernel's start. */
  readonly launchUs: number;
  /** What runs next had been asked for before the gap. */
  readonly queuedUs: number;
  /** The profile does not hold the call. */
  readonly unknownUs: number;
  /** Gaps longer than an hour: another session, or a clock that was reset. Not in the span. */
  readonly breaks: number;
}

const LONGEST_GAP_US = 3600e6;

export interface Gaps {
  readonly devices: readonly DeviceTimeline[];
  /** For each group, the idle time before each of its launches; 0 where another kernel ran. */
  readonly idleBeforeUs: readonly (readonly number[])[];
}

export function findGaps(recording: Recording): Gaps {
  const { startsUs, timesUs, groups, devices, correlations } = recording.intervals;
  const order = Uint32Array.from({ length: startsUs.length }, (_, i) => i).sort(
    (a, b) => devices[a]! - devices[b]! || startsUs[a]! - startsUs[b]!,
  );
  const idleBeforeUs: number[][] = recording.groups.map(() => []);
  const timelines: DeviceTimeline[] = [];
  for (let from = 0; from < order.length; ) {
    const device = devices[order[from]!]!;
    const firstUs = startsUs[order[from]!]!;
    let endUs = firstUs;
    let busyUs = 0;
    let brokenUs = 0;
    let breaks = 0;
    const idle = { hostUs: 0, launchUs: 0, queuedUs: 0, unknownUs: 0 };
    let at = from;
    for (; at < order.length && devices[order[at]!] === device; at++) {
      const i = order[at]!;
      const startUs = startsUs[i]!;
      let gapUs = Math.max(0, startUs - endUs);
      if (gapUs > LONGEST_GAP_US) {
        breaks++;
        brokenUs += gapUs;
        gapUs = 0;
      } else if (groups[i]! >= 0 && at > from) idleBeforeUs[groups[i]!]!.push(gapUs);
      if (gapUs > 0) {
        const callUs = recording.calls.get(correlations[i]!);
        if (callUs === undefined) idle.unknownUs += gapUs;
        else if (callUs <= endUs) idle.queuedUs += gapUs;
        else {
          const waitUs = Math.min(gapUs, callUs - endUs);
          idle.hostUs += waitUs;
          idle.launchUs += gapUs - waitUs;
        }
      }
      const lastUs = startUs + timesUs[i]!;
      busyUs += Math.max(0, lastUs - Math.max(endUs, startUs));
      endUs = Math.max(endUs, lastUs);
    }
    timelines.push({ device, spanUs: endUs - firstUs - brokenUs, busyUs, ...idle, breaks });
    from = at;
  }
  return { devices: timelines, idleBeforeUs };
}
