/** Axes of a plot on a canvas: grid lines, ticks, titles. */
import { type AxisKind, ticks } from "../../../src/report/axis.ts";
import type { Box, Projection } from "../../../src/report/page/view.ts";

export interface Titles {
  readonly x: string;
  readonly y: string;
}

export interface Ink {
  readonly grid: string;
  readonly muted: string;
  readonly ink: string;
  readonly font: string;
}

export const MARGIN = { top: 14, right: 16, bottom: 46 };

/** Where the plot itself lies; whole pixels, so that pictures of the same size fit it exactly. */
export function boxOf(
  width: number,
  height: number,
  { yAxis, view }: Pick<Projection, "yAxis" | "view">,
  top = MARGIN.top,
): Box {
  return {
    left: Math.round(widestLabel(yAxis, view.y, height)),
    top,
    right: Math.max(Math.round(width - MARGIN.right), 120),
    bottom: Math.max(Math.round(height - MARGIN.bottom), top + 40),
  };
}

const upwardTicks = (height: number) => Math.max(3, height / 58);

/** Space for the upward axis' title and its widest label, CSS pixels at a font size of 12. */
function widestLabel(
  kind: AxisKind,
  [low, high]: readonly [number, number],
  height: number,
): number {
  const marks = ticks(kind, low, high, upwardTicks(height));
  return 34 + 7.2 * marks.reduce((widest, { label }) => Math.max(widest, label.length), 4);
}

export interface Mark {
  /** CSS pixels along the axis. */
  readonly at: number;
  readonly label: string;
}

export function marksX({ view, box, xAxis }: Projection): Mark[] {
  const width = box.right - box.left;
  const [a, b] = view.x;
  return ticks(xAxis, a, b, Math.max(2, width / 90)).map(({ at, label }) => ({
    at: box.left + ((at - a) / (b - a)) * width,
    label,
  }));
}

export function marksY({ view, box, yAxis }: Projection, height: number): Mark[] {
  const [a, b] = view.y;
  return ticks(yAxis, a, b, upwardTicks(height)).map(({ at, label }) => ({
    at: box.bottom - ((at - a) / (b - a)) * (box.bottom - box.top),
    label,
  }));
}

/** @param size of the canvas, CSS pixels */
export function paintAxes(
  context: CanvasRenderingContext2D,
  p: Projection,
  size: { readonly width: number; readonly height: number },
  titles: Titles,
  colours: Ink,
): void {
  const { box } = p;
  const crisp = (x: number) => Math.round(x) + 0.5;
  context.font = `12px ${colours.font}`;
  context.lineWidth = 1;
  context.strokeStyle = colours.grid;
  context.fillStyle = colours.muted;
  context.textAlign = "center";
  context.textBaseline = "top";
  context.beginPath();
  for (const { at, label } of marksX(p)) {
    context.moveTo(crisp(at), box.top);
    context.lineTo(crisp(at), box.bottom);
    context.fillText(label, at, box.bottom + 7);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { at, label } of marksY(p, size.height)) {
    context.moveTo(box.left, crisp(at));
    context.lineTo(box.right, crisp(at));
    context.fillText(label, box.left - 8, at);
  }
  context.stroke();
  context.fillStyle = colours.ink;
  context.font = `600 12px ${colours.font}`;
  context.textAlign = "center";
  context.textBaseline = "bottom";
  context.fillText(
    fitting(context, titles.x, size.width - 8),
    (box.left + box.right) / 2,
    size.height - 4,
  );
  context.save();
  context.translate(4, (box.top + box.bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = "top";
  context.fillText(fitting(context, titles.y, size.height - 40), 0, 0);
  context.restore();
}

/** The title as long as there is room: first without its second half, then cut. */
function fitting(context: CanvasRenderingContext2D, title: string, room: number): string {
  const fits = (text: string) => context.measureText(text).width <= room;
  if (fits(title)) return title;
  let short = title.replace(/, (higher|lower) is better$/, "");
  if (fits(short)) return short;
  while (short.length > 1 && !fits(`${short}…`)) short = short.slice(0, -1);
  return `${short}…`;
}
