/** The timeline as marks: a ruler, and for each side the host, the stages, the device and its SMs. */
import { ticks } from "../../../src/report/axis.ts";
import { formatUs } from "../../../src/report/number.ts";
import { type Lane, type Layout, RULER, type SmRows, smRows, xOf } from "./lanes.ts";
import { fitted, type Mark, type Scene } from "./mark.ts";
import { endUs, firstWhere, type TimelineModel } from "./model.ts";
import { type Run, runsOf } from "./runs.ts";
import { smMarks } from "./sm-marks.ts";
import type { Window } from "./window.ts";

export interface TimelineState {
  readonly window: Window;
  readonly sms: SmRows;
  /** Kernel of the first side. */
  readonly picked: number | undefined;
  readonly selection: Window | undefined;
}

/** Kernels narrower than this are drawn on all SMs alike, pixels. */
const NARROWEST_KERNEL = 4;
const LABELS = { host: "Host", stages: "Stages", device: "Device", sms: "SMs" } as const;

export function timelineScene(
  models: readonly TimelineModel[],
  layout: Layout,
  state: TimelineState,
): Scene {
  const marks: Mark[] = [...ruler(layout, state.window)];
  const { fromUs, toUs } = state.window;
  const perPixel = (toUs - fromUs) / (layout.width - layout.left);
  const runs = models.map((model) => runsOf(model, state.window, perPixel));
  for (const lane of layout.lanes) {
    const model = models[lane.side];
    if (model === undefined) continue;
    marks.push({
      kind: "rect",
      x: layout.left,
      y: lane.y,
      w: layout.width - layout.left,
      h: lane.h,
      fill: "--page",
    });
    if (lane.kind === "host") marks.push(...hostMarks(model, lane, layout, state.window));
    if (lane.kind === "stages") marks.push(...stageMarks(model, lane, layout, state.window));
    if (lane.kind === "device")
      marks.push(...deviceMarks(model, runs[lane.side]!, lane, layout, state));
    if (lane.kind === "sms")
      marks.push(...panelMarks(model, runs[lane.side]!, lane, layout, state));
    marks.push(...labels(model, lane, layout, models.length, state));
  }
  if (state.selection !== undefined) marks.push(...selectionMarks(layout, state));
  return { width: layout.width, height: layout.height, marks };
}

function* ruler(layout: Layout, window: Window): Generator<Mark> {
  const { left, width, height } = layout;
  const count = Math.max(2, (width - left) / 110);
  for (const { at } of ticks("linear", window.fromUs, window.toUs, count)) {
    const x = xOf(layout, window, at);
    if (x < left) continue;
    yield { kind: "line", x1: x, x2: x, y1: RULER - 4, y2: height, stroke: "--grid", width: 1 };
    const text = rulerText(at, window);
    yield { kind: "text", x: x + 3, y: 11, text, fill: "--muted", size: 11 };
  }
}

/** Enough digits to tell neighbouring ticks apart. */
function rulerText(us: number, { fromUs, toUs }: Window): string {
  const length = toUs - fromUs;
  const [scale, unit] = toUs >= 1e4 && length >= 100 ? [1e3, "ms"] : [1, "µs"];
  const decimals = Math.max(0, Math.ceil(1 - Math.log10(length / scale / 5)));
  return `${(us / scale).toFixed(Math.min(4, decimals))} ${unit}`;
}

function* hostMarks(
  { kernels }: TimelineModel,
  lane: Lane,
  layout: Layout,
  window: Window,
): Generator<Mark> {
  const first = firstWhere(kernels, (k) => k.issuedUs > window.fromUs);
  let drawnTo = Number.NEGATIVE_INFINITY;
  for (let i = first; i < kernels.length; i++) {
    const { issuedUs, issueUs, kernel } = kernels[i]!;
    if (issuedUs - issueUs > window.toUs) break;
    const { x, w } = span(layout, window, issuedUs - issueUs, issuedUs);
    if (x + w < drawnTo + 0.5) continue;
    drawnTo = x + w;
    const drawn = Math.max(0.5, w - (w > 3 ? 1 : 0));
    yield { kind: "rect", x, y: lane.y, w: drawn, h: lane.h, fill: "--launch", alpha: 0.35 };
    const text = fitted(kernel.nodes[0] ?? kernel.name, w - 8, 11);
    if (text !== "") yield label(x + 4, lane.y + lane.h / 2, text);
  }
}

function* stageMarks(
  { stages }: TimelineModel,
  lane: Lane,
  layout: Layout,
  window: Window,
): Generator<Mark> {
  for (const [i, { fromUs, toUs, name }] of stages.entries()) {
    if (toUs < window.fromUs || fromUs > window.toUs) continue;
    const { x, w } = span(layout, window, fromUs, toUs);
    if (w < 0.5) continue;
    const alpha = i % 2 === 0 ? 0.4 : 0.25;
    const drawn = Math.max(0.5, w - (w > 3 ? 1 : 0));
    yield { kind: "rect", x, y: lane.y, w: drawn, h: lane.h, fill: "--cloud", alpha };
    const text = fitted(`${name} · ${formatUs(toUs - fromUs)}`, w - 8, 11);
    if (text !== "") yield label(x + 4, lane.y + lane.h / 2, text);
  }
}

/** Names above; below, as high as the SMs' slots are filled, in the limiter's colour. */
function* deviceMarks(
  model: TimelineModel,
  runs: readonly Run[],
  lane: Lane,
  layout: Layout,
  state: TimelineState,
): Generator<Mark> {
  const { window, picked } = state;
  const bar = lane.h * 0.5;
  for (const run of runs) {
    const { x, w } = span(layout, window, run.fromUs, run.toUs);
    const drawn = Math.max(0.75, w - (w > 4 ? 1 : 0));
    const fill = `--${run.limiter}` as const;
    yield { kind: "rect", x, y: lane.y, w: drawn, h: lane.h, fill, alpha: 0.25 };
    const h = Math.max(1.5, bar * run.smUtilization);
    yield { kind: "rect", x, y: lane.y + lane.h - h, w: drawn, h, fill };
    if (run.first !== run.last) continue;
    const { kernel } = model.kernels[run.first]!;
    const text = fitted(kernel.name, w - 8, 11);
    if (text !== "") yield label(x + 4, lane.y + lane.h * 0.25, text);
  }
  const scheduled = lane.side === 0 && picked !== undefined ? model.kernels[picked] : undefined;
  if (scheduled === undefined) return;
  const { startUs } = scheduled;
  if (endUs(scheduled) < window.fromUs || startUs > window.toUs) return;
  const { x, w } = span(layout, window, startUs, endUs(scheduled));
  yield {
    kind: "rect",
    x: x - 1,
    y: lane.y - 1,
    w: Math.max(4, w + 1),
    h: lane.h + 2,
    fill: "--picked",
    alpha: 0.12,
    stroke: "--picked",
  };
}

function* panelMarks(
  model: TimelineModel,
  runs: readonly Run[],
  lane: Lane,
  layout: Layout,
  { window, sms }: TimelineState,
): Generator<Mark> {
  const rows = smRows(model.smCount, sms);
  for (const run of runs) {
    const { x, w } = span(layout, window, run.fromUs, run.toUs);
    if (run.first === run.last && w >= NARROWEST_KERNEL)
      yield* smMarks(model.kernels[run.first]!, model.smCount, lane, layout, window, rows);
    else {
      const h = lane.h * run.smUtilization;
      const drawn = Math.max(0.75, w);
      yield { kind: "rect", x, y: lane.y, w: drawn, h, fill: `--${run.limiter}`, alpha: 0.7 };
    }
  }
  const high = lane.h / rows.count;
  if (high >= 3)
    for (let row = 1; row < rows.count; row++) {
      const y = lane.y + row * high;
      yield {
        kind: "line",
        x1: layout.left,
        x2: layout.width,
        y1: y,
        y2: y,
        stroke: "--page",
        width: high < 6 ? 0.5 : 1,
      };
    }
}

function* labels(
  { smCount }: TimelineModel,
  lane: Lane,
  { left }: Layout,
  sides: number,
  { sms }: TimelineState,
): Generator<Mark> {
  const own = sides > 1 ? `${"AB"[lane.side]} ` : "";
  yield { kind: "rect", x: 0, y: lane.y, w: left - 1, h: lane.h, fill: "--ground" };
  const y = lane.y + (lane.kind === "sms" ? 9 : lane.h / 2);
  const text = `${own}${LABELS[lane.kind]}`;
  yield { kind: "text", x: 2, y, text, fill: "--ink", size: 12, bold: true };
  if (lane.kind !== "sms") return;
  const rows = smRows(smCount, sms);
  const high = lane.h / rows.count;
  const every = [1, 2, 4, 8, 16, 32, 64, 128].find((n) => n * high >= 14) ?? 256;
  for (let row = 0; row < rows.count; row += every)
    yield {
      kind: "text",
      x: left - 6,
      y: lane.y + row * high + Math.min(high / 2, 7),
      anchor: "end",
      size: 10,
      text: String(rows.first + row),
      fill: "--muted",
    };
}

function* selectionMarks(layout: Layout, { selection, window }: TimelineState): Generator<Mark> {
  const { x, w } = span(layout, window, selection!.fromUs, selection!.toUs);
  if (w <= 0) return;
  const h = layout.height - RULER;
  yield { kind: "rect", x, y: RULER - 6, w, h: h + 6, fill: "--accent", alpha: 0.14 };
  for (const at of [x, x + w])
    yield { kind: "line", x1: at, x2: at, y1: 0, y2: layout.height, stroke: "--accent", width: 1 };
}

const label = (x: number, y: number, text: string): Mark => ({
  kind: "text",
  x,
  y,
  text,
  fill: "--ink",
  size: 11,
});

/** Within the part that shows time. */
function span(layout: Layout, window: Window, fromUs: number, toUs: number) {
  const x = Math.max(layout.left, xOf(layout, window, fromUs));
  return { x, w: Math.min(layout.width, xOf(layout, window, toUs)) - x };
}
