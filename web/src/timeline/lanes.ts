/** Where the rows of the timeline stand, for drawing and for finding what is under the pointer. */
import type { Window } from "./window.ts";

export type LaneKind = "host" | "stages" | "device" | "sms";

export interface Lane {
  readonly kind: LaneKind;
  /** Of a comparison, 0 or 1. */
  readonly side: number;
  readonly y: number;
  readonly h: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Right end of the labels; time begins here. */
  readonly left: number;
  readonly lanes: readonly Lane[];
}

export const RULER = 24;
const GAP = 4;
const BETWEEN_SIDES = 10;
const HEIGHTS = { host: 22, stages: 20, device: 44 } as const;

/** @param smHeight pixels for all SMs of one side */
export function layoutOf(width: number, sides: number, smHeight: number): Layout {
  const lanes: Lane[] = [];
  let y = RULER;
  for (let side = 0; side < sides; side++) {
    if (side > 0) y += BETWEEN_SIDES;
    for (const kind of ["host", "stages", "device", "sms"] as const) {
      const h = kind === "sms" ? smHeight : HEIGHTS[kind];
      lanes.push({ kind, side, y, h });
      y += h + GAP;
    }
  }
  return { width, height: y, left: 92, lanes };
}

export function xOf({ left, width }: Layout, { fromUs, toUs }: Window, us: number): number {
  return left + ((us - fromUs) / (toUs - fromUs)) * (width - left);
}

export function usAt({ left, width }: Layout, { fromUs, toUs }: Window, x: number): number {
  return fromUs + ((x - left) / (width - left)) * (toUs - fromUs);
}

/** The SMs that the panel shows, top to bottom. */
export interface SmRows {
  readonly first: number;
  readonly count: number;
}

export function smRows(smCount: number, wanted: SmRows): SmRows {
  const count = Math.min(Math.max(1, wanted.count), smCount);
  return { first: Math.min(Math.max(0, wanted.first), smCount - count), count };
}
