/** Draws a scene on a canvas: only what is in sight, and only as fine as can be seen. */
import type { Camera, Size } from "./camera.ts";
import type { Bands } from "./cull.ts";
import type { Look } from "./look.ts";
import type { Scene } from "./scene.ts";

/** The page's colours. */
export interface Ink {
  readonly ground: string;
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly grid: string;
  readonly page: string;
  readonly edge: string;
  readonly picked: string;
  readonly sans: string;
}

export interface Marks {
  /** Position in `scene.entities`; -1: none. */
  readonly picked: number;
  readonly hovered: number;
  /** Positions of boxes that the search found something in. */
  readonly hits: ReadonlySet<number>;
  /** Boxes linked to the picked one, with the links' ends. */
  readonly links: readonly (readonly [number, number])[];
}

/** From these scales on. */
const TEXT = 0.42;
const CURVES = 0.22;
const ROUTES = 0.05;
const ROUNDED = 0.3;
const BORDERS = 0.12;

export interface Picture {
  readonly scene: Scene;
  readonly bands: Bands;
  readonly look: Look;
  readonly ink: Ink;
  readonly marks: Marks;
}

/** @param context scaled so that 1 unit is a pixel of the page */
export function paint(
  context: CanvasRenderingContext2D,
  picture: Picture,
  camera: Camera,
  view: Size,
): void {
  const { scene, bands, ink } = picture;
  const { scale } = camera;
  const [left, top] = [camera.x, camera.y];
  const [right, bottom] = [left + view.width / scale, top + view.height / scale];
  context.fillStyle = ink.ground;
  context.fillRect(0, 0, view.width, view.height);
  context.save();
  context.scale(scale, scale);
  context.translate(-left, -top);
  const { boxes, frames } = scene;
  const visible = bands
    .boxes(top, bottom)
    .filter((i) => boxes[4 * i]! <= right && boxes[4 * i]! + boxes[4 * i + 2]! >= left);
  context.lineWidth = Math.max(1, 0.7 / scale);
  // Outer frames first.
  const around = visible.filter((i) => frames[i]).sort((a, b) => a - b);
  const solid = visible.filter((i) => !frames[i]);
  for (const i of around) if (boxes[4 * i + 2]! * scale > 3) frame(context, picture, i, scale);
  if (scale >= ROUTES) routes(context, picture, { left, top, right, bottom }, scale);
  if (scale * 40 < 3) specks(context, picture, solid, camera, view);
  else solidBoxes(context, picture, solid, scale);
  if (scale >= TEXT) {
    for (const i of around) frameText(context, picture, i);
    boxTexts(context, picture, solid);
  }
  marks(context, picture, scale);
  context.restore();
}

function frame(context: CanvasRenderingContext2D, { scene, ink }: Picture, i: number, s: number) {
  const [x, y, w, h] = at(scene, i);
  context.fillStyle = ink.page;
  context.strokeStyle = ink.line;
  outline(context, x, y, w, h, s, 8);
  context.fill();
  context.stroke();
}

function solidBoxes(
  context: CanvasRenderingContext2D,
  { scene, look, ink }: Picture,
  solid: readonly number[],
  scale: number,
): void {
  const round = scale >= ROUNDED;
  const trace = (i: number) => {
    const [x, y, w, h] = at(scene, i);
    if (round) context.roundRect(x, y, w, h, h < 30 ? h / 2 : 6);
    else context.rect(x, y, w, h);
  };
  for (const i of solid) {
    context.fillStyle = look.fill[i]!;
    if (round) {
      context.beginPath();
      trace(i);
      context.fill();
    } else context.fillRect(...at(scene, i));
  }
  if (scale < BORDERS) return;
  // All borders at once: one path is much cheaper than many.
  context.strokeStyle = ink.line;
  context.beginPath();
  for (const i of solid) if (!look.gap[i]) trace(i);
  context.stroke();
  context.strokeStyle = ink.muted;
  context.setLineDash([5, 4]);
  context.beginPath();
  for (const i of solid) if (look.gap[i]) trace(i);
  context.stroke();
  context.setLineDash([]);
}

/** Boxes of less than a few pixels: one for each pixel that has any. */
function specks(
  context: CanvasRenderingContext2D,
  { scene, look }: Picture,
  visible: readonly number[],
  { x, y, scale }: Camera,
  view: Size,
): void {
  const columns = Math.ceil(view.width) + 1;
  const taken = new Uint8Array(columns * (Math.ceil(view.height) + 1));
  const { boxes, frames } = scene;
  const wide = Math.max(boxes.length > 2 ? 176 : 0, 2 / scale);
  for (const i of visible) {
    if (frames[i]) continue;
    const px = Math.floor((boxes[4 * i]! - x) * scale);
    const py = Math.floor((boxes[4 * i + 1]! - y) * scale);
    const cell = Math.max(0, py) * columns + Math.max(0, px);
    if (taken[cell]) continue;
    taken[cell] = 1;
    context.fillStyle = look.fill[i]!;
    context.fillRect(boxes[4 * i]!, boxes[4 * i + 1]!, wide, Math.max(42, 1 / scale));
  }
}

interface Window {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function routes(
  context: CanvasRenderingContext2D,
  { scene, bands, ink }: Picture,
  { left, top, right, bottom }: Window,
  scale: number,
): void {
  const { points, starts } = scene;
  context.strokeStyle = ink.edge;
  context.beginPath();
  for (const r of bands.routes(top, bottom))
    for (let p = starts[r]!; p + 1 < starts[r + 1]!; p++) {
      const [x0, y0] = [points[2 * p]!, points[2 * p + 1]!];
      const [x1, y1] = [points[2 * p + 2]!, points[2 * p + 3]!];
      if (Math.max(y0, y1) < top || Math.min(y0, y1) > bottom) continue;
      if (Math.max(x0, x1) < left || Math.min(x0, x1) > right) continue;
      context.moveTo(x0, y0);
      if (x0 === x1 || scale < CURVES) context.lineTo(x1, y1);
      else {
        const middle = (y0 + y1) / 2;
        context.bezierCurveTo(x0, middle, x1, middle, x1, y1);
      }
    }
  context.stroke();
  if (scale < CURVES) return;
  // Arrow heads.
  context.fillStyle = ink.edge;
  context.beginPath();
  for (const r of bands.routes(top, bottom)) {
    const end = 2 * (starts[r + 1]! - 1);
    const [x, y] = [points[end]!, points[end + 1]!];
    if (x < left || x > right || y < top || y > bottom) continue;
    const down = y >= points[end - 1]! ? 1 : -1;
    context.moveTo(x, y);
    context.lineTo(x - 3.2, y - 6 * down);
    context.lineTo(x + 3.2, y - 6 * down);
  }
  context.fill();
}

/** Lower boxes are inputs and outputs. */
const PILL = 30;
const FONT = 12;
const SMALL = 10.5;

/** One pass for each font and alignment: setting them is dear. */
function boxTexts(
  context: CanvasRenderingContext2D,
  { scene, look, ink }: Picture,
  solid: readonly number[],
): void {
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.font = `600 ${FONT}px ${ink.sans}`;
  for (const i of solid) {
    const [x, y, w, h] = at(scene, i);
    if (h < PILL) continue;
    context.fillStyle = look.ink[i]!;
    context.fillText(shortened(context, look.title[i]!, w - 18, true), x + 9, y + 13.5);
  }
  context.font = `${SMALL}px ${ink.sans}`;
  for (const i of solid) {
    const [x, y, w, h] = at(scene, i);
    if (h < PILL) continue;
    const value = look.value[i]!;
    const room = w - 18 - (value === "" ? 0 : widthOf(context, value) + 8);
    context.fillStyle = look.ink[i]!;
    context.fillText(shortened(context, look.detail[i]!, room), x + 9, y + 29.5);
  }
  context.textAlign = "right";
  for (const i of solid) {
    const [x, y, w, h] = at(scene, i);
    if (h < PILL || look.value[i] === "") continue;
    context.fillStyle = look.ink[i]!;
    context.fillText(look.value[i]!, x + w - 9, y + 29.5);
  }
  context.textAlign = "center";
  for (const i of solid) {
    const [x, y, w, h] = at(scene, i);
    if (h >= PILL) continue;
    context.fillStyle = look.ink[i]!;
    context.fillText(shortened(context, look.title[i]!, w - 14), x + w / 2, y + h / 2);
  }
}

function frameText(
  context: CanvasRenderingContext2D,
  { scene, look, ink }: Picture,
  i: number,
): void {
  const [x, y, w] = at(scene, i);
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillStyle = ink.muted;
  context.font = `600 ${SMALL}px ${ink.sans}`;
  const value = look.value[i]!;
  const title = `− ${look.title[i]!.replace(/^\+ /, "")}`;
  context.fillText(shortened(context, title, w - 20, true), x + 10, y + 13);
  const used = context.measureText(title).width;
  context.font = `${SMALL}px ${ink.sans}`;
  if (used + context.measureText(value).width + 40 > w) return;
  context.textAlign = "right";
  context.fillText(value, x + w - 10, y + 13);
}

const known = new Map<string, string>();
const widths = new Map<string, number>();

/** In the font that is set, of which there is one for values. */
function widthOf(context: CanvasRenderingContext2D, text: string): number {
  let width = widths.get(text);
  if (width === undefined) {
    if (widths.size > 20_000) widths.clear();
    width = context.measureText(text).width;
    widths.set(text, width);
  }
  return width;
}

/** Text that fits; results are kept, since measuring is dear. */
function shortened(
  context: CanvasRenderingContext2D,
  text: string,
  room: number,
  bold = false,
): string {
  const key = `${bold} ${Math.round(room)} ${text}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  let out = text;
  if (context.measureText(text).width > room) {
    let [fits, not] = [0, text.length];
    while (not - fits > 1) {
      const middle = (fits + not) >> 1;
      if (context.measureText(`${text.slice(0, middle)}…`).width <= room) fits = middle;
      else not = middle;
    }
    out = fits === 0 ? "" : `${text.slice(0, fits)}…`;
  }
  if (known.size > 20_000) known.clear();
  known.set(key, out);
  return out;
}

function marks(context: CanvasRenderingContext2D, picture: Picture, scale: number): void {
  const { scene, ink } = picture;
  const { picked, hovered, hits, links } = picture.marks;
  const thick = Math.max(2.5, 2 / scale);
  context.strokeStyle = ink.picked;
  context.lineWidth = Math.max(1.6, 1.2 / scale);
  context.globalAlpha = 0.85;
  context.beginPath();
  for (const [a, b] of links) {
    const [ax, ay, aw, ah] = at(scene, a);
    const [bx, by, bw] = at(scene, b);
    const [x0, y0, x1, y1] = [ax + aw / 2, ay + ah, bx + bw / 2, by];
    const reach = Math.max(16, Math.min(120, Math.abs(y1 - y0) / 2));
    context.moveTo(x0, y0);
    context.bezierCurveTo(x0, y0 + reach, x1, y1 - reach, x1, y1);
  }
  context.stroke();
  context.globalAlpha = 1;
  const ring = (i: number, width: number, gap: number) => {
    const [x, y, w, h] = at(scene, i);
    context.lineWidth = width;
    outline(context, x - gap, y - gap, w + 2 * gap, h + 2 * gap, scale, 7);
    context.stroke();
  };
  context.setLineDash([4 / Math.min(1, scale), 3 / Math.min(1, scale)]);
  for (const i of hits) ring(i, thick * 0.7, 3 / Math.min(1, scale));
  context.setLineDash([]);
  for (const [a, b] of links) ring(a === picked ? b : a, thick * 0.6, 0);
  if (picked >= 0) ring(picked, thick, 1);
  if (hovered >= 0 && hovered !== picked) {
    context.strokeStyle = ink.ink;
    ring(hovered, Math.max(1, 1 / scale), 0);
  }
}

function outline(
  context: CanvasRenderingContext2D,
  ...[x, y, w, h, scale, radius]: readonly [number, number, number, number, number, number]
): void {
  context.beginPath();
  if (scale < ROUNDED) context.rect(x, y, w, h);
  else context.roundRect(x, y, w, h, radius);
}

function at({ boxes }: Scene, i: number): readonly [number, number, number, number] {
  return [boxes[4 * i]!, boxes[4 * i + 1]!, boxes[4 * i + 2]!, boxes[4 * i + 3]!];
}
