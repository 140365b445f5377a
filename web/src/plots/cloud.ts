/**
 * A cloud of dots that moves with the view at the price of one picture: a worker paints it, wider than
 * the plot by half on each side; while the view moves the last picture is shifted and stretched, and
 * painted anew once it leaves the plot uncovered or the view stands still.
 */
import type { Projection, View } from "../../../src/report/page/view.ts";
import { Latest } from "../workers/latest.ts";
import type { Painted, PaintTask } from "../workers/paint.worker.ts";
import { startWorker } from "../workers/start.ts";

interface Picture {
  readonly bitmap: ImageBitmap;
  readonly view: View;
  /** Of the points and the palette it was painted from. */
  readonly version: number;
}

/** How long the view stands before it is painted sharp, ms. */
const STILL_MS = 90;

export class CloudPainter {
  readonly #worker: Latest<PaintTask, Painted>;
  readonly #onChange: () => void;
  #palette = new Uint32Array(0);
  #version = 0;
  #asked: { readonly view: View; readonly version: number } | undefined;
  #picture: Picture | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onChange: () => void, onError: (message: string) => void) {
    this.#onChange = onChange;
    this.#worker = new Latest<PaintTask, Painted>(
      startWorker("paint"),
      ({ bitmap }, task) => {
        if (task.kind !== "cloud") return;
        const { x0, x1, y0, y1 } = task.window;
        this.#picture?.bitmap.close();
        this.#picture = { bitmap, view: { x: [x0, x1], y: [y0, y1] }, version: task.version };
        this.#onChange();
      },
      onError,
    );
  }

  /** @param xs, ys in the axes' uniform coordinates */
  setPoints(xs: Float64Array, ys: Float64Array, paint: Uint16Array): void {
    this.#version++;
    this.#worker.tell({ kind: "points", xs, ys, paint });
  }

  setPalette(palette: Uint32Array<ArrayBuffer>): void {
    this.#version++;
    this.#palette = palette;
  }

  /** What is there is drawn at once; a better picture comes with `onChange`. */
  draw(context: CanvasRenderingContext2D, p: Projection, scale: number): void {
    this.#askFor(p, scale);
    const picture = this.#picture;
    if (picture === undefined) return;
    const { box, view } = p;
    const toX = (box.right - box.left) / (view.x[1] - view.x[0]);
    const toY = (box.bottom - box.top) / (view.y[1] - view.y[0]);
    let left = box.left + (picture.view.x[0] - view.x[0]) * toX;
    let top = box.bottom - (picture.view.y[1] - view.y[0]) * toY;
    let width = (picture.view.x[1] - picture.view.x[0]) * toX;
    let height = (picture.view.y[1] - picture.view.y[0]) * toY;
    const { bitmap } = picture;
    // Moved by whole pixels at the same size: copied, not resampled.
    const same =
      Math.abs(width * scale - bitmap.width) < 0.01 &&
      Math.abs(height * scale - bitmap.height) < 0.01;
    if (same) {
      left = Math.round(left * scale) / scale;
      top = Math.round(top * scale) / scale;
      width = bitmap.width / scale;
      height = bitmap.height / scale;
    }
    context.imageSmoothingEnabled = false;
    context.drawImage(bitmap, left, top, width, height);
  }

  /** Whether what is shown is painted for just this view. */
  get sharp(): boolean {
    return this.#picture !== undefined && this.#picture.version === this.#version && !this.#timer;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#worker.close();
  }

  #askFor(p: Projection, scale: number): void {
    const wanted = windowOf(p, scale);
    const asked = this.#asked;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const ask = () => {
      this.#timer = undefined;
      this.#asked = { view: wanted.view, version: this.#version };
      const { window } = wanted;
      const version = this.#version;
      this.#worker.ask({ kind: "cloud", window, palette: this.#palette, scale, version });
    };
    if (asked === undefined || asked.version !== this.#version || !covers(asked.view, p.view))
      ask();
    else if (!sameScale(asked.view, wanted.view)) this.#timer = setTimeout(ask, STILL_MS);
  }
}

function windowOf({ box, view }: Projection, scale: number) {
  const inner = [
    Math.round((box.right - box.left) * scale),
    Math.round((box.bottom - box.top) * scale),
  ] as const;
  const more = inner.map((n) => Math.round(n / 2)) as [number, number];
  const grown = ([a, b]: readonly [number, number], k: 0 | 1): [number, number] => {
    const extra = (more[k] * (b - a)) / inner[k];
    return [a - extra, b + extra];
  };
  const wide: View = { x: grown(view.x, 0), y: grown(view.y, 1) };
  const window = {
    x0: wide.x[0],
    x1: wide.x[1],
    y0: wide.y[0],
    y1: wide.y[1],
    width: inner[0] + 2 * more[0],
    height: inner[1] + 2 * more[1],
  };
  return { view: wide, window };
}

const covers = (outer: View, inner: View): boolean =>
  outer.x[0] <= inner.x[0] &&
  outer.x[1] >= inner.x[1] &&
  outer.y[0] <= inner.y[0] &&
  outer.y[1] >= inner.y[1];

function sameScale(a: View, b: View): boolean {
  const near = (p: readonly [number, number], q: readonly [number, number]) =>
    Math.abs((p[1] - p[0]) / (q[1] - q[0]) - 1) < 1e-9;
  return near(a.x, b.x) && near(a.y, b.y);
}
