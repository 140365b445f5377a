/** Draws the plot: axes, cloud, front on one canvas; what is picked and hovered on another. */
import { ticks, verticalTicks } from "../axis.ts";
import type { Measured } from "../decode.ts";
import { axisTitle } from "../front-svg.ts";
import type { Palette } from "../palette.ts";
import type { Cloud, Dots } from "./cloud.ts";
import { type Projection, pixelX, pixelY } from "./view.ts";

export interface Scene {
  readonly projection: Projection;
  readonly x: Measured;
  readonly y: Measured;
  readonly palette: Palette;
  readonly font: string;
  /** Rows of the dominated, of the infeasible, of the front. */
  readonly dominated: Int32Array;
  readonly infeasible: Int32Array;
  readonly front: readonly number[];
  /** Corners of the stepped line, in order. */
  readonly corners: readonly number[];
  readonly scale: number;
  readonly width: number;
  readonly height: number;
}

export function paintScene(canvas: HTMLCanvasElement, scene: Scene, cloud: Cloud): void {
  const context = prepare(canvas, scene);
  const { box } = scene.projection;
  context.fillStyle = scene.palette.ground;
  context.fillRect(0, 0, scene.width, scene.height);
  paintAxes(context, scene);
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  context.clip();
  paintWater(context, scene);
  paintCloud(context, scene, cloud);
  paintFront(context, scene);
  context.restore();
}

function prepare(canvas: HTMLCanvasElement, { width, height, scale }: Scene) {
  const w = Math.round(width * scale);
  const h = Math.round(height * scale);
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const context = canvas.getContext("2d")!;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

function paintAxes(context: CanvasRenderingContext2D, scene: Scene): void {
  const { projection: p, palette, width, height, font } = scene;
  const { box, view } = p;
  context.font = `12px ${font}`;
  context.lineWidth = 1;
  context.strokeStyle = palette.grid;
  context.fillStyle = palette.muted;
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const t of ticks(p.xAxis, ...view.x, Math.max(2, (box.right - box.left) / 90))) {
    const u = box.left + ((t.at - view.x[0]) / (view.x[1] - view.x[0])) * (box.right - box.left);
    line(context, crisp(u), box.top, crisp(u), box.bottom);
    context.fillText(t.label, u, box.bottom + 7);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const t of ticks(p.yAxis, ...view.y, verticalTicks(height))) {
    const v = box.bottom - ((t.at - view.y[0]) / (view.y[1] - view.y[0])) * (box.bottom - box.top);
    line(context, box.left, crisp(v), box.right, crisp(v));
    context.fillText(t.label, box.left - 8, v);
  }
  context.fillStyle = palette.ink;
  context.font = `600 12px ${font}`;
  context.textAlign = "center";
  context.textBaseline = "bottom";
  const across = fitting(context, scene.x, width - 8);
  const half = context.measureText(across).width / 2;
  const middle = Math.min((box.left + box.right) / 2, width - 4 - half);
  context.fillText(across, Math.max(middle, 4 + half), height - 4);
  context.save();
  context.translate(4, (box.top + box.bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = "top";
  const upwards = fitting(context, scene.y, height - 40);
  context.fillText(upwards, 0, 0);
  context.restore();
}

/** The axis' title as long as there is room: first without its second half, then cut. */
function fitting(context: CanvasRenderingContext2D, m: Measured, room: number): string {
  const title = axisTitle(m);
  const fits = (text: string) => context.measureText(text).width <= room;
  if (fits(title)) return title;
  let short = title.replace(/, (higher|lower) is better$/, "");
  if (fits(short)) return short;
  while (short.length > 1 && !fits(`${short}…`)) short = short.slice(0, -1);
  return `${short}…`;
}

/** The region that the front dominates. */
function paintWater(context: CanvasRenderingContext2D, scene: Scene): void {
  const { projection: p, corners, palette, x, y } = scene;
  if (corners.length === 0) return;
  const farX = x.goal === "minimize" ? p.box.right + 10 : p.box.left - 10;
  const farY = y.goal === "maximize" ? p.box.bottom + 10 : p.box.top - 10;
  const first = corners[0]!;
  context.beginPath();
  context.moveTo(pixelX(p, x.data[first]!), farY);
  steps(context, scene);
  context.lineTo(farX, pixelY(p, y.data[corners.at(-1)!]!));
  context.lineTo(farX, farY);
  context.closePath();
  context.fillStyle = palette.water;
  context.fill();
}

function steps(context: CanvasRenderingContext2D, { projection: p, corners, x, y }: Scene): void {
  let last = 0;
  corners.forEach((row, i) => {
    const u = pixelX(p, x.data[row]!);
    const v = pixelY(p, y.data[row]!);
    if (i > 0) context.lineTo(u, last);
    context.lineTo(u, v);
    last = v;
  });
}

function paintCloud(context: CanvasRenderingContext2D, scene: Scene, cloud: Cloud): void {
  const { box } = scene.projection;
  const left = Math.round(box.left * scene.scale);
  const top = Math.round(box.top * scene.scale);
  const width = Math.round(box.right * scene.scale) - left;
  const height = Math.round(box.bottom * scene.scale) - top;
  if (width <= 0 || height <= 0) return;
  const dots = (rows: Int32Array, colour: Dots["colour"]) =>
    project(scene, rows, colour, left, top, width, height);
  const image = cloud.paint(
    width,
    height,
    [dots(scene.infeasible, scene.palette.infeasible), dots(scene.dominated, scene.palette.cloud)],
    scene.scale,
  );
  const sheet = new OffscreenCanvas(width, height);
  sheet.getContext("2d")!.putImageData(image, 0, 0);
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(sheet, left, top);
  context.restore();
}

/** Rows that fall on the image, in its device pixels. */
function project(
  scene: Scene,
  rows: Int32Array,
  colour: Dots["colour"],
  left: number,
  top: number,
  width: number,
  height: number,
): Dots {
  const { projection: p, scale } = scene;
  const x = new Float32Array(rows.length);
  const y = new Float32Array(rows.length);
  let count = 0;
  for (const row of rows) {
    const u = pixelX(p, scene.x.data[row]!) * scale - left;
    const v = pixelY(p, scene.y.data[row]!) * scale - top;
    if (!(u > -8 && v > -8 && u < width + 8 && v < height + 8)) continue;
    x[count] = u;
    y[count] = v;
    count++;
  }
  return { x, y, count, colour };
}

function paintFront(context: CanvasRenderingContext2D, scene: Scene): void {
  const { projection: p, palette, x, y } = scene;
  if (scene.corners.length > 0) {
    context.beginPath();
    const first = scene.corners[0]!;
    context.moveTo(pixelX(p, x.data[first]!), pixelY(p, y.data[first]!));
    steps(context, scene);
    context.strokeStyle = palette.front;
    context.lineWidth = 1.6;
    context.lineJoin = "round";
    context.stroke();
  }
  context.fillStyle = palette.frontFill;
  context.strokeStyle = palette.ground;
  context.lineWidth = 1;
  for (const row of scene.front) {
    const u = pixelX(p, x.data[row]!);
    const v = pixelY(p, y.data[row]!);
    if (!Number.isFinite(u + v)) continue;
    context.beginPath();
    context.arc(u, v, scene.front.length > 2000 ? 2.4 : 4, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}

/** The layer above: a crosshair to the axes for what is picked, a ring for what is hovered. */
export function paintMarks(
  canvas: HTMLCanvasElement,
  scene: Scene,
  picked: number | undefined,
  hovered: number | undefined,
  linked: readonly number[],
  marquee: readonly [number, number, number, number] | undefined,
): void {
  const context = prepare(canvas, scene);
  const { projection: p, palette, x, y } = scene;
  const { box } = p;
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  context.clip();
  const place = (row: number): [number, number] => [
    pixelX(p, x.data[row]!),
    pixelY(p, y.data[row]!),
  ];
  if (picked !== undefined) {
    const [u, v] = place(picked);
    context.strokeStyle = palette.picked;
    context.lineWidth = 1;
    context.setLineDash([3, 3]);
    line(context, box.left, crisp(v), u, crisp(v));
    line(context, crisp(u), v, crisp(u), box.bottom);
    for (const other of linked) line(context, u, v, ...place(other));
    context.setLineDash([]);
    context.lineWidth = 2.5;
    circle(context, u, v, 7);
    context.lineWidth = 1.5;
    for (const other of linked) circle(context, ...place(other), 6);
    pointOutside(context, box, u, v, palette.picked);
  }
  if (hovered !== undefined && hovered !== picked) {
    context.strokeStyle = palette.ink;
    context.lineWidth = 1.5;
    circle(context, ...place(hovered), 6);
  }
  if (marquee) {
    const [a, b, c, d] = marquee;
    context.fillStyle = palette.water;
    context.strokeStyle = palette.front;
    context.lineWidth = 1;
    context.fillRect(Math.min(a, c), Math.min(b, d), Math.abs(c - a), Math.abs(d - b));
    context.strokeRect(Math.min(a, c), Math.min(b, d), Math.abs(c - a), Math.abs(d - b));
  }
  context.restore();
}

/** An arrowhead at the frame's edge towards what lies beyond it. */
function pointOutside(
  context: CanvasRenderingContext2D,
  box: Projection["box"],
  u: number,
  v: number,
  colour: string,
): void {
  const x = Math.min(Math.max(u, box.left + 9), box.right - 9);
  const y = Math.min(Math.max(v, box.top + 9), box.bottom - 9);
  const beyond = u < box.left || u > box.right || v < box.top || v > box.bottom;
  if (!beyond || !Number.isFinite(u + v)) return;
  context.save();
  context.translate(x, y);
  context.rotate(Math.atan2(v - y, u - x));
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(9, 0);
  context.lineTo(-5, -7);
  context.lineTo(-5, 7);
  context.closePath();
  context.fill();
  context.restore();
}

function circle(context: CanvasRenderingContext2D, u: number, v: number, radius: number): void {
  if (!Number.isFinite(u + v)) return;
  context.beginPath();
  context.arc(u, v, radius, 0, 2 * Math.PI);
  context.stroke();
}

function line(
  context: CanvasRenderingContext2D,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

/** Centre of a pixel, so that a hairline is one. */
function crisp(x: number): number {
  return Math.round(x - 0.5) + 0.5;
}
