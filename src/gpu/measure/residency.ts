/** How many workgroups an SM holds side by side, by where waiting workgroups begin to queue. */
import type { Residency } from "./findings.ts";
import { chase } from "./kernels/index.ts";
import { type Pace, type Recorder, roundsFor } from "./recorder.ts";
import { findStaircase, type NoStaircase, type Staircase } from "./staircase.ts";

/** More than any SM holds. */
const MOST = 64;

export interface ResidencyShape {
  readonly workgroup: number;
  readonly storageBytes: number;
}

/** The residents of one SM from both staircases, where the one is a multiple of the other. */
export function residencyFromSlots(
  shape: ResidencyShape,
  slots: Staircase | NoStaircase,
  sms: Staircase | NoStaircase,
): Residency {
  const base = {
    workgroup: shape.workgroup,
    workgroupStorageBytes: shape.storageBytes,
    staircase: slots,
  };
  if (!slots.found) return { ...base, perSm: undefined, reason: slots.reason };
  const count = smCountOf(sms);
  if (count === undefined)
    return { ...base, perSm: undefined, reason: "the number of SMs is not known" };
  const perSm = Math.max(1, Math.round(slots.period / count));
  const off = Math.abs(perSm * count - slots.period);
  const slack = Math.max(1, 0.01 * slots.period, (slots.high - slots.low) / 2);
  if (off > slack)
    return {
      ...base,
      perSm: undefined,
      reason: `${slots.period} slots are not a multiple of ${count} SMs`,
    };
  return { ...base, perSm, reason: undefined };
}

/** 1 where nothing runs side by side; undefined where the data do not say. */
export function smCountOf(sms: Staircase | NoStaircase): number | undefined {
  return sms.found ? sms.period : sms.serial ? 1 : undefined;
}

/** Sweeps whole multiples of the number of SMs: one more resident each. */
export async function sweepResidency(
  recorder: Recorder,
  options: {
    readonly shape: ResidencyShape;
    readonly smCount: number;
    readonly iterations: number;
    readonly pace: Pace;
  },
): Promise<Residency> {
  const { shape, smCount, iterations, pace } = options;
  const make = (residents: number) =>
    chase({ sweep: "residency", workgroups: smCount * residents, iterations, ...shape });
  const first = await recorder.probe(make(1));
  let grown = 1;
  while (grown < MOST && (await recorder.probe(make(grown))) < 1.7 * first) grown *= 2;
  // The edge is at `grown` or below: two edges and a little more.
  const last = Math.max(8, Math.ceil(2.4 * grown));
  const each = Array.from({ length: last }, (_, i) => i + 1);
  const measured = await recorder.run(
    each.map(make),
    roundsFor(pace, (first * last * last) / Math.max(2, grown)),
  );
  const staircase = findStaircase(
    measured.map((m) => ({ at: m.workgroups / smCount, us: m.medianUs })),
  );
  const base = {
    workgroup: shape.workgroup,
    workgroupStorageBytes: shape.storageBytes,
    staircase,
  };
  if (staircase.found) return { ...base, perSm: staircase.period, reason: undefined };
  if (staircase.serial) return { ...base, perSm: 1, reason: undefined };
  return { ...base, perSm: undefined, reason: staircase.reason };
}
