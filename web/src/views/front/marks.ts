/** What the Front plot shows above its cloud: the front, the picked trial, the brush, the legend. */
import { planarFront } from "../../../../src/report/dominance.ts";
import { type Projection, pixelX, pixelY } from "../../../../src/report/page/view.ts";
import { CATEGORIES } from "../../plots/colours.ts";
import type { Corner } from "../../plots/polygon.ts";
import type { Axis } from "./axes.ts";
import type { FrontRows } from "./state.ts";

type Colour = (name: string) => string;
type Context = CanvasRenderingContext2D;

/** Fronts of more points are part of the cloud. */
export const MOST_MARKS = 1500;
/** Room above the plot for the legend, CSS pixels. */
export const LEGEND = 40;

/**
 * Corners of the stepped line along which the shown axes trade; empty where the front is not of just
 * these: what a third objective put on the front lies off such a line.
 */
export function cornersOf(x: Axis, y: Axis, front: FrontRows | undefined): number[] {
  if (x.goal === undefined || y.goal === undefined || x === y) return [];
  if (front === undefined || front.of.length !== 2) return [];
  if (!front.of.includes(x.id) || !front.of.includes(y.id)) return [];
  return planarFront([{ goal: x.goal }, { goal: y.goal }], x.data, y.data, front.rows);
}

/** The stepped line as points, pixels; with what it dominates when it is closed. */
export function steps(p: Projection, x: Axis, y: Axis, corners: readonly number[]): Corner[] {
  const out: Corner[] = [];
  corners.forEach((row, i) => {
    const at: Corner = [pixelX(p, x.data[row]!), pixelY(p, y.data[row]!)];
    // From one corner to the next through the worse of both in each axis.
    if (i > 0) out.push([at[0], out.at(-1)![1]]);
    out.push(at);
  });
  return out;
}

export function paintWater(
  context: Context,
  { box }: Projection,
  line: readonly Corner[],
  x: Axis,
  y: Axis,
  colour: Colour,
): void {
  if (line.length === 0) return;
  const farX = x.goal === "minimize" ? box.right + 10 : box.left - 10;
  const farY = y.goal === "maximize" ? box.bottom + 10 : box.top - 10;
  context.beginPath();
  context.moveTo(line[0]![0], farY);
  for (const [u, v] of line) context.lineTo(u, v);
  context.lineTo(farX, line.at(-1)![1]);
  context.lineTo(farX, farY);
  context.closePath();
  context.globalAlpha = 0.06;
  context.fillStyle = colour("--front-fill");
  context.fill();
  context.globalAlpha = 1;
}

export function paintLine(context: Context, line: readonly Corner[], colour: Colour): void {
  context.beginPath();
  for (const [u, v] of line) context.lineTo(u, v);
  context.strokeStyle = colour("--front");
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  context.stroke();
}

/** @param fill colour of each mark */
export function paintMarks(
  context: Context,
  places: Iterable<Corner>,
  fill: (at: number) => string,
  colour: Colour,
): void {
  let at = 0;
  context.lineWidth = 1.25;
  context.strokeStyle = colour("--ground");
  for (const [u, v] of places) {
    context.beginPath();
    context.arc(u, v, 4, 0, 2 * Math.PI);
    context.fillStyle = fill(at++);
    context.fill();
    context.stroke();
  }
}

export function paintRing(context: Context, [u, v]: Corner, stroke: string, radius: number): void {
  context.beginPath();
  context.arc(u, v, radius, 0, 2 * Math.PI);
  context.lineWidth = 2.5;
  context.strokeStyle = stroke;
  context.stroke();
}

/** @param outline two opposite corners, or a lasso; pixels */
export function paintBrush(
  context: Context,
  shape: "rect" | "lasso",
  outline: readonly Corner[],
  colour: Colour,
): void {
  if (outline.length < 2) return;
  context.beginPath();
  if (shape === "rect") {
    const [[ax, ay], [bx, by]] = outline as [Corner, Corner];
    context.rect(Math.min(ax, bx), Math.min(ay, by), Math.abs(bx - ax), Math.abs(by - ay));
  } else {
    for (const [u, v] of outline) context.lineTo(u, v);
    context.closePath();
  }
  context.fillStyle = colour("--picked");
  context.globalAlpha = 0.08;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = colour("--picked");
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.stroke();
  context.setLineDash([]);
}

export interface LegendItem {
  readonly label: string;
  /** One colour, or the stops of a scale from left to right. */
  readonly colours: readonly string[];
}

/** Colours by name of a column of labels; those past the last have one together. */
export function labelItems({ labels = [] }: Axis, colour: Colour): LegendItem[] {
  const last = CATEGORIES - 1;
  const items = labels
    .slice(0, last + 1)
    .map((label, i) => ({ label: String(label), colours: [colour(`--cat${i}`)] }));
  if (labels.length > last + 1)
    items[last] = { label: `${labels.length - last} others`, colours: [colour(`--cat${last}`)] };
  return items;
}

export interface Swatch extends LegendItem {
  readonly x: number;
  readonly width: number;
}

/** Places of a legend's items in a row; what has no room is left out. */
export function laidOut(
  title: string,
  items: readonly LegendItem[],
  left: number,
  right: number,
  widthOf: (text: string) => number,
): Swatch[] {
  let x = left + widthOf(title) + 14;
  const out: Swatch[] = [];
  for (const item of items) {
    const width = item.colours.length > 1 ? 120 : 11;
    const end = x + width + 5 + widthOf(item.label) + 14;
    if (end > right) break;
    out.push({ ...item, x, width });
    x = end;
  }
  return out;
}

export function paintLegend(
  context: Context,
  title: string,
  swatches: readonly Swatch[],
  left: number,
  colour: Colour,
  font: string,
): void {
  context.font = `12px ${font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillStyle = colour("--muted");
  context.fillText(title, left, 18);
  for (const { x, width, label, colours } of swatches) {
    const fill = context.createLinearGradient(x, 0, x + width, 0);
    colours.forEach((stop, i) => {
      fill.addColorStop(colours.length === 1 ? 0 : i / (colours.length - 1), stop);
    });
    context.fillStyle = fill;
    context.fillRect(x, 13, width, 11);
    context.fillStyle = colour("--ink");
    context.fillText(label, x + width + 5, 18);
  }
}
