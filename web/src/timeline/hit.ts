/** What is under a point of the timeline. */
import { smSchedule } from "../../../src/gpu/sm-schedule.ts";
import { type LaneKind, type Layout, type SmRows, smRows, usAt } from "./lanes.ts";
import { endUs, firstWhere, type TimelineModel } from "./model.ts";
import type { Window } from "./window.ts";

export interface Hit {
  readonly side: number;
  readonly lane: LaneKind;
  readonly us: number;
  /** Undefined where nothing runs, or is issued. */
  readonly kernel: number | undefined;
  /** Undefined off the SMs' rows. */
  readonly sm: number | undefined;
}

/** @param slackUs a kernel that is this near counts, if none is right there */
export function hitAt(
  models: readonly TimelineModel[],
  layout: Layout,
  window: Window,
  sms: SmRows,
  x: number,
  y: number,
  slackUs = 0,
): Hit | undefined {
  if (x < layout.left) return undefined;
  const lane = layout.lanes.find((l) => y >= l.y && y < l.y + l.h);
  const model = lane && models[lane.side];
  if (lane === undefined || model === undefined) return undefined;
  const us = usAt(layout, window, x);
  const rows = smRows(model.smCount, sms);
  const row = Math.floor(((y - lane.y) / lane.h) * rows.count);
  return {
    side: lane.side,
    lane: lane.kind,
    us,
    kernel: lane.kind === "host" ? issuedAt(model, us) : runningAt(model, us, slackUs),
    sm: lane.kind === "sms" ? rows.first + row : undefined,
  };
}

function issuedAt({ kernels }: TimelineModel, us: number): number | undefined {
  const i = firstWhere(kernels, (k) => k.issuedUs > us);
  const found = kernels[i];
  return found !== undefined && found.issuedUs - found.issueUs <= us ? i : undefined;
}

function runningAt({ kernels }: TimelineModel, us: number, slackUs: number): number | undefined {
  const i = firstWhere(kernels, (k) => endUs(k) > us);
  const after = kernels[i];
  if (after !== undefined && after.startUs <= us) return i;
  const before = kernels[i - 1];
  const toAfter = after === undefined ? Number.POSITIVE_INFINITY : after.startUs - us;
  const toBefore = before === undefined ? Number.POSITIVE_INFINITY : us - endUs(before);
  if (Math.min(toAfter, toBefore) > slackUs) return undefined;
  return toAfter <= toBefore ? i : i - 1;
}

/** What one SM does in a kernel. */
export interface SmShare {
  readonly blocks: number;
  readonly waves: number;
  readonly busyUs: number;
  readonly idleUs: number;
}

export function smShare(model: TimelineModel, kernel: number, sm: number): SmShare {
  const { kernel: k } = model.kernels[kernel]!;
  const group = smSchedule(k, model.smCount, true).find(
    ({ firstSm, smCount }) => sm >= firstSm && sm < firstSm + smCount,
  );
  if (group === undefined) return { blocks: 0, waves: 0, busyUs: 0, idleUs: k.timeUs };
  const last = group.slices.at(-1)!;
  const busyUs = last.startUs + last.durationUs;
  const waves = Math.ceil(group.blocks / k.blocksPerSm);
  return { blocks: group.blocks, waves, busyUs, idleUs: Math.max(0, k.timeUs - busyUs) };
}
