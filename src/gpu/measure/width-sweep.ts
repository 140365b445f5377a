/** Time of a layer against its output channels, one by one: the staircase that a designer stands on. */
import { sum } from "../../base/stats.ts";
import { scattered } from "./counts.ts";
import type { WidthSweep } from "./findings.ts";
import { CONV_TILE, conv, MATMUL_TILE, matmul } from "./kernels/index.ts";
import { affordable, type Pace, type Recorder, roundsFor } from "./recorder.ts";
import { findStaircase } from "./staircase.ts";
import type { Workload } from "./types.ts";

/** Steps that a sweep covers. */
const STEPS = 3.3;
const CONV_KERNEL = 3;

export interface WidthOptions {
  /** Undefined: not known; rows are then those of one tile. */
  readonly smCount: number | undefined;
  readonly targetUs: number;
  readonly pace: Pace;
}

/** A product whose every column of tiles is one whole wave: one step a tile. */
export async function sweepMatmulWidth(
  recorder: Recorder,
  { smCount, targetUs, pace }: WidthOptions,
): Promise<WidthSweep> {
  const m = MATMUL_TILE.rows * (smCount ?? 1);
  const k = await depthFor(recorder, targetUs, 16, 1024, (depth) =>
    matmul({ m, n: MATMUL_TILE.columns, k: depth }, "width"),
  );
  const make = (n: number) => matmul({ m, n, k }, "width");
  const staircase = await overWidths(recorder, make, MATMUL_TILE.columns, pace);
  const expected = smCount === undefined ? undefined : MATMUL_TILE.columns;
  return { kernel: "matmul", over: "n", sizes: { m, k }, expected, staircase };
}

/** A 3x3 convolution whose every column of tiles is half a wave: one step for two tiles. */
export async function sweepConvWidth(
  recorder: Recorder,
  { smCount, targetUs, pace }: WidthOptions,
): Promise<WidthSweep> {
  const tiles = Math.max(1, Math.floor((smCount ?? 1) / 2));
  const expected =
    smCount === undefined ? undefined : CONV_TILE.columns * Math.floor(smCount / tiles);
  const step = expected ?? CONV_TILE.columns;
  const fixed = { batch: 1, height: tiles, width: CONV_TILE.rows, kernel: CONV_KERNEL };
  const channels = await depthFor(recorder, targetUs, 2, 256, (depth) =>
    conv({ ...fixed, channels: depth, filters: step }, "width"),
  );
  const make = (filters: number) => conv({ ...fixed, channels, filters }, "width");
  const staircase = await overWidths(recorder, make, step, pace);
  return {
    kernel: "conv",
    over: "filters",
    sizes: { ...fixed, channels },
    expected,
    staircase,
  };
}

async function overWidths(
  recorder: Recorder,
  make: (width: number) => Workload,
  step: number,
  pace: Pace,
) {
  const last = Math.ceil(STEPS * step);
  const one = await recorder.probe(make(step));
  const costOf = (some: readonly number[]) => one * sum(some.map((w) => Math.ceil(w / step)));
  const all = scattered(last, last);
  const widths = scattered(last, affordable(pace, costOf(all), last));
  const measured = await recorder.run(widths.map(make), roundsFor(pace, costOf(widths)));
  const name = measured[0]?.kernel === "conv" ? "filters" : "n";
  return findStaircase(measured.map((m) => ({ at: m.sizes[name]!, us: m.medianUs })));
}

/** The depth of the reduction at which the first step takes about the target. */
async function depthFor(
  recorder: Recorder,
  targetUs: number,
  least: number,
  most: number,
  make: (depth: number) => Workload,
): Promise<number> {
  let depth = least;
  while (depth * 2 <= most && (await recorder.probe(make(depth))) < 0.7 * targetUs) depth *= 2;
  return depth;
}
