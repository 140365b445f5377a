/** Draws a scene on a canvas, with the page's colours as they are now. */
import type { Colour, Mark, Scene } from "./mark.ts";

/** @param ratio pixels of the canvas to one of the scene */
export function paintScene(canvas: HTMLCanvasElement, scene: Scene, ratio: number): void {
  const width = Math.round(scene.width * ratio);
  const height = Math.round(scene.height * ratio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d")!;
  const style = getComputedStyle(canvas);
  const known = new Map<Colour, string>();
  const colour = (name: Colour): string => {
    let value = known.get(name);
    if (value === undefined) {
      value = style.getPropertyValue(name).trim();
      known.set(name, value);
    }
    return value;
  };
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = colour("--ground");
  context.fillRect(0, 0, scene.width, scene.height);
  context.textBaseline = "middle";
  const hatches = new Map<Colour, CanvasPattern | string>();
  for (const mark of scene.marks) draw(context, mark, colour, style.fontFamily, hatches);
}

function draw(
  context: CanvasRenderingContext2D,
  mark: Mark,
  colour: (name: Colour) => string,
  family: string,
  hatches: Map<Colour, CanvasPattern | string>,
): void {
  if (mark.kind === "rect") {
    const { x, y, w, h, fill, alpha = 1, hatch, stroke } = mark;
    context.globalAlpha = alpha;
    context.fillStyle = hatch === true ? hatched(context, fill, colour, hatches) : colour(fill);
    context.fillRect(x, y, w, h);
    context.globalAlpha = 1;
    if (stroke !== undefined) {
      context.strokeStyle = colour(stroke);
      context.lineWidth = 2;
      context.strokeRect(x + 1, y + 1, Math.max(0, w - 2), h - 2);
    }
  } else if (mark.kind === "text") {
    context.fillStyle = colour(mark.fill);
    context.font = `${mark.bold === true ? "600 " : ""}${mark.size}px ${family}`;
    context.textAlign =
      mark.anchor === "middle" ? "center" : mark.anchor === "end" ? "right" : "left";
    context.fillText(mark.text, mark.x, mark.y);
  } else {
    context.strokeStyle = colour(mark.stroke);
    context.lineWidth = mark.width;
    context.setLineDash(mark.dash === true ? [4, 3] : []);
    context.beginPath();
    context.moveTo(mark.x1, mark.y1);
    context.lineTo(mark.x2, mark.y2);
    context.stroke();
    context.setLineDash([]);
  }
}

function hatched(
  context: CanvasRenderingContext2D,
  fill: Colour,
  colour: (name: Colour) => string,
  hatches: Map<Colour, CanvasPattern | string>,
): CanvasPattern | string {
  let pattern = hatches.get(fill);
  if (pattern === undefined) {
    const tile = new OffscreenCanvas(6, 6);
    const t = tile.getContext("2d")!;
    t.strokeStyle = colour(fill);
    t.lineWidth = 1;
    t.beginPath();
    for (const d of [-6, 0, 6]) {
      t.moveTo(d, 6);
      t.lineTo(d + 6, 0);
    }
    t.stroke();
    pattern = context.createPattern(tile, "repeat") ?? colour(fill);
    hatches.set(fill, pattern);
  }
  return pattern;
}
