/** Paints clouds of dots and bundles of lines off the page's thread, as bitmaps for its canvases. */

import { layerOf } from "../plots/palette.ts";
import { type Bundle, firmness } from "../plots/parallel-bins.ts";
import { drawingOrder, type Points, splat, type Window } from "../plots/splat.ts";
import { answer } from "./worker-side.ts";

export type PaintTask =
  /** What the clouds from here on are drawn from. */
  | {
      readonly kind: "points";
      readonly xs: Float64Array;
      readonly ys: Float64Array;
      readonly paint: Uint16Array;
    }
  | {
      readonly kind: "cloud";
      readonly window: Window;
      readonly palette: Uint32Array;
      readonly scale: number;
      /** Of the points and the palette, for who asks. */
      readonly version: number;
    }
  | {
      readonly kind: "lines";
      readonly bundles: readonly Bundle[];
      /** Device pixels of each axis from the left; of level 0 and of the last level from the top. */
      readonly axes: readonly number[];
      readonly bottom: number;
      readonly top: number;
      readonly levels: number;
      readonly width: number;
      readonly height: number;
      readonly scale: number;
      readonly colour: string;
    };
export interface Painted {
  readonly bitmap: ImageBitmap;
}

let points: Points | undefined;

answer(
  (task: PaintTask) => {
    if (task.kind === "points") {
      const { xs, ys, paint } = task;
      points = { xs, ys, paint, order: drawingOrder(paint, layerOf) };
      return undefined;
    }
    const { width, height } = task.kind === "cloud" ? task.window : task;
    const canvas = new OffscreenCanvas(Math.max(1, width), Math.max(1, height));
    const context = canvas.getContext("2d")!;
    if (task.kind === "lines") strokes(context, task);
    else if (points !== undefined) {
      const image = context.createImageData(canvas.width, canvas.height);
      splat(points, task.window, task.palette, task.scale, new Uint32Array(image.data.buffer));
      context.putImageData(image, 0, 0);
    }
    return { bitmap: canvas.transferToImageBitmap() } satisfies Painted;
  },
  (result) => (result === undefined ? [] : [(result as Painted).bitmap]),
);

const STEPS = 10;

function strokes(
  context: OffscreenCanvasRenderingContext2D,
  task: Extract<PaintTask, { kind: "lines" }>,
): void {
  const { bundles, axes, bottom, top, levels, scale, colour } = task;
  const y = (level: number) => bottom - ((bottom - top) * level) / (levels - 1);
  context.strokeStyle = colour;
  context.lineWidth = scale;
  bundles.forEach(({ from, to, weight }, gap) => {
    // Many lines are faint, few are firm.
    const [faintest, firmest] =
      weight.length > 2000 ? [0.015, 0.25] : weight.length > 400 ? [0.1, 0.6] : [0.3, 0.85];
    const heaviest = weight.reduce((a, b) => Math.max(a, b), 0);
    const steps = Array.from(weight, (w) => firmness(w, heaviest, STEPS));
    for (let step = 1; step <= STEPS; step++) {
      context.beginPath();
      for (let i = 0; i < weight.length; i++) {
        if (Math.round(steps[i]! * STEPS) !== step) continue;
        context.moveTo(axes[gap]!, y(from[i]!));
        context.lineTo(axes[gap + 1]!, y(to[i]!));
      }
      context.globalAlpha = faintest + (firmest - faintest) * (step / STEPS) ** 2;
      context.stroke();
    }
  });
}
