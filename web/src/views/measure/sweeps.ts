/** The sweeps that draw a staircase, and their points. No DOM. */
import {
  type Findings,
  type Measurement,
  STAGES,
  type Stage,
  type Staircase,
} from "../../../../src/gpu/measure/index.ts";

export interface Sweep {
  readonly id: string;
  readonly title: string;
  /** Of the horizontal axis. */
  readonly unit: string;
  readonly kernel: string;
  readonly sweep: string;
  readonly at: (m: Measurement) => number;
  readonly found: (findings: Findings) => Findings["sms"] | undefined;
  /** What a step means. */
  readonly meaning: string;
}

export const SWEEPS: readonly Sweep[] = [
  {
    id: "sm-count",
    title: "Workgroups that compute",
    unit: "workgroups",
    kernel: "fma",
    sweep: "sm-count",
    at: (m) => m.workgroups,
    found: ({ sms }) => sms,
    meaning: "a step is one workgroup for each SM: its width is the number of SMs",
  },
  {
    id: "slots",
    title: "Workgroups that wait",
    unit: "workgroups",
    kernel: "chase",
    sweep: "slots",
    at: (m) => m.workgroups,
    found: ({ slots }) => slots.staircase,
    meaning: "a step is as many workgroups as all SMs hold at once",
  },
  {
    id: "matmul",
    title: "Width of a product",
    unit: "columns",
    kernel: "matmul",
    sweep: "width",
    at: (m) => m.sizes.n!,
    found: ({ widths }) => widths.find(({ kernel }) => kernel === "matmul")?.staircase,
    meaning: "a step is a tile of columns more for every SM",
  },
  {
    id: "conv",
    title: "Width of a 3×3 convolution",
    unit: "filters",
    kernel: "conv",
    sweep: "width",
    at: (m) => m.sizes.filters!,
    found: ({ widths }) => widths.find(({ kernel }) => kernel === "conv")?.staircase,
    meaning: "a step is one wave: filters between two steps are free",
  },
];

export interface SweepPoint {
  readonly at: number;
  readonly us: number;
  readonly q1: number;
  readonly q3: number;
}

/** In the order of the axis; what was measured twice shows its last. */
export function pointsOf(sweep: Sweep, measurements: readonly Measurement[]): SweepPoint[] {
  const byPlace = new Map<number, SweepPoint>();
  for (const m of measurements)
    if (m.kernel === sweep.kernel && m.sweep === sweep.sweep) {
      const at = sweep.at(m);
      byPlace.set(at, { at, us: m.medianUs, q1: m.q1Us, q3: m.q3Us });
    }
  return [...byPlace.values()].sort((a, b) => a.at - b.at);
}

/** Time by the fitted staircase, as src/gpu/measure/staircase.ts has it, microseconds. */
export function stairAt({ baseUs, stepUs, hardness, period }: Staircase, at: number): number {
  const waves = Math.ceil(at / period);
  return baseUs + stepUs * (hardness * waves + (1 - hardness) * Math.max(at / period, 1));
}

/** Corners of the fitted line from 1 to `last`. */
export function stairLine(
  staircase: Staircase,
  last: number,
): readonly (readonly [number, number])[] {
  const out: [number, number][] = [];
  for (let from = 0; from < last; from += staircase.period) {
    const to = Math.min(last, from + staircase.period);
    // Just after the edge, and at the next one.
    const start = Math.max(1, from + 1e-6);
    out.push([Math.max(1, from), stairAt(staircase, start)], [to, stairAt(staircase, to)]);
  }
  return out;
}

const STAGE_OF: Readonly<Record<string, Stage>> = {
  "sm-count": "SM count",
  slots: "slots",
  matmul: "widths",
  conv: "widths",
};

/** Whether the session has gone on to a later stage than the sweep's. */
export const isOver = (sweep: Sweep, now: Stage | undefined): boolean =>
  now !== undefined && STAGES.indexOf(now) > STAGES.indexOf(STAGE_OF[sweep.id]!);
