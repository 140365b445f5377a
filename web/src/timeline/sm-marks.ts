/**
 * One kernel on the SMs: each SM's waves one after another, the last one where it is not full, and
 * the time that an SM waits for the others, hatched.
 */
import type { ScheduledKernel } from "../../../src/gpu/predict.ts";
import { type SmGroup, smSchedule, type WaveSlice } from "../../../src/gpu/sm-schedule.ts";
import { type Lane, type Layout, type SmRows, xOf } from "./lanes.ts";
import type { Colour, Mark } from "./mark.ts";
import { endUs } from "./model.ts";
import type { Window } from "./window.ts";

/** Waves narrower than this are drawn as one stretch, pixels. */
const NARROWEST_WAVE = 3;
/** From this height on, the row of an SM shows its resident blocks. */
const BLOCK_ROWS = 14;

export function* smMarks(
  scheduled: ScheduledKernel,
  smCount: number,
  lane: Lane,
  layout: Layout,
  window: Window,
  rows: SmRows,
): Generator<Mark> {
  const { kernel, startUs } = scheduled;
  const rowHeight = lane.h / rows.count;
  const y = (sm: number) => lane.y + Math.min(Math.max(sm - rows.first, 0), rows.count) * rowHeight;
  const x = (us: number) => Math.min(Math.max(xOf(layout, window, us), layout.left), layout.width);
  const pixels = xOf(layout, window, endUs(scheduled)) - xOf(layout, window, startUs);
  const merged = pixels / kernel.waves < NARROWEST_WAVE;
  const groups = smSchedule(kernel, smCount, merged);
  const busy = groups.reduce((n, g) => n + g.smCount, 0);
  const box = (fromUs: number, toUs: number, from: number, to: number, fill: Colour) => ({
    kind: "rect" as const,
    x: x(fromUs),
    y: y(from),
    w: x(toUs) - x(fromUs),
    h: y(to) - y(from),
    fill,
  });
  for (const group of groups) {
    const { firstSm, slices } = group;
    const to = firstSm + group.smCount;
    if (y(to) <= y(firstSm)) continue;
    for (const slice of slices) {
      const from = startUs + slice.startUs;
      const until = from + slice.durationUs;
      if (until < window.fromUs || from > window.toUs) continue;
      const partial = slice.blocks < kernel.blocksPerSm;
      const fill: Colour = partial && kernel.waves > 1 ? "--tail" : `--${kernel.limiter}`;
      const rect = box(from, until, firstSm, to, fill);
      yield { ...rect, alpha: slice.waves > 1 || slice.wave % 2 === 1 ? 0.85 : 0.6 };
      if (rowHeight >= BLOCK_ROWS && slice.waves === 1)
        yield* blockMarks(group, slice, rect, smCount, kernel.blocksPerSm, rows, y, rowHeight);
    }
    const done = startUs + (slices.at(-1)!.startUs + slices.at(-1)!.durationUs);
    if (x(endUs(scheduled)) - x(done) > 0.5)
      yield { ...box(done, endUs(scheduled), firstSm, to, "--launch"), hatch: true };
  }
  if (busy < smCount && y(smCount) > y(busy))
    yield { ...box(startUs, endUs(scheduled), busy, smCount, "--launch"), hatch: true };
}

/** Borders between the blocks of a wave that share an SM, and their numbers where there is room. */
function* blockMarks(
  { firstSm, smCount: own }: SmGroup,
  { blocks, wave }: WaveSlice,
  rect: { readonly x: number; readonly w: number },
  smCount: number,
  blocksPerSm: number,
  rows: SmRows,
  y: (sm: number) => number,
  rowHeight: number,
): Generator<Mark> {
  const from = Math.max(firstSm, rows.first);
  const to = Math.min(firstSm + own, rows.first + rows.count);
  const high = rowHeight / blocks;
  for (let sm = from; sm < to; sm++)
    for (let i = 0; i < blocks; i++) {
      const top = y(sm) + i * high;
      if (i > 0 && high >= 3)
        yield {
          kind: "line",
          x1: rect.x,
          x2: rect.x + rect.w,
          y1: top,
          y2: top,
          stroke: "--ground",
          width: 0.5,
        };
      if (high >= 11 && rect.w >= 36)
        yield {
          kind: "text",
          x: rect.x + rect.w / 2,
          y: top + high / 2,
          anchor: "middle",
          size: 9,
          // Blocks go to SMs round robin.
          text: String(sm + smCount * ((wave - 1) * blocksPerSm + i)),
          fill: "--ground",
        };
    }
}
