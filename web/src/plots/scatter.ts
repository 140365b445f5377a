/** A plot of very many points on one canvas: axes, a cloud painted elsewhere, and marks above it. */
import { type AxisKind, toAxis } from "../../../src/report/axis.ts";
import type { Projection, View } from "../../../src/report/page/view.ts";
import { boxOf, type Ink, MARGIN, paintAxes, type Titles } from "./axes-paint.ts";
import { CloudPainter } from "./cloud.ts";
import { themeColours } from "./colours.ts";
import { GridIndex } from "./grid-index.ts";

export interface ScatterData {
  /** In the axes' own units. */
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  readonly xKind: AxisKind;
  readonly yKind: AxisKind;
  readonly titles: Titles;
  /** Entry of the palette by point; 0 is not drawn. */
  readonly paint: Uint16Array;
}

export type Overlay = (
  context: CanvasRenderingContext2D,
  p: Projection,
  colour: (name: string) => string,
) => void;

export class Scatter {
  readonly canvas: HTMLCanvasElement;
  /** Whether what stands above the cloud is still to come. */
  waiting = false;
  /** Called whenever all is drawn as it should be. */
  onSettled: (() => void) | undefined;
  readonly #cloud: CloudPainter;
  readonly #stage: HTMLElement;
  readonly #observer: ResizeObserver;
  #data: ScatterData | undefined;
  #us: Float64Array = new Float64Array(0);
  #vs: Float64Array = new Float64Array(0);
  #index: GridIndex | undefined;
  #view: View = { x: [0, 1], y: [0, 1] };
  #below: Overlay = () => {};
  #above: Overlay = () => {};
  #top: number = MARGIN.top;
  #width = 0;
  #height = 0;
  #frame = 0;

  constructor(stage: HTMLElement, onError: (message: string) => void) {
    this.#stage = stage;
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    stage.prepend(this.canvas);
    this.#cloud = new CloudPainter(() => this.request(), onError);
    this.#observer = new ResizeObserver(() => {
      this.#width = stage.clientWidth;
      this.#height = stage.clientHeight;
      this.request();
    });
    this.#observer.observe(stage);
  }

  /** @param palette colours by entry; see `splat` */
  setData(data: ScatterData, palette: Uint32Array<ArrayBuffer>): void {
    const old = this.#data;
    if (old?.xs !== data.xs || old.xKind !== data.xKind) this.#us = uniform(data.xs, data.xKind);
    if (old?.ys !== data.ys || old.yKind !== data.yKind) this.#vs = uniform(data.ys, data.yKind);
    this.#data = data;
    this.#index = undefined;
    this.#cloud.setPoints(this.#us, this.#vs, data.paint);
    this.#cloud.setPalette(palette);
    this.request();
  }

  setPalette(palette: Uint32Array<ArrayBuffer>): void {
    this.#cloud.setPalette(palette);
    this.request();
  }

  setView(view: View): void {
    this.#view = view;
    this.request();
  }

  /** @param top pixels above the plot, for a legend */
  setOverlays(below: Overlay, above: Overlay, top: number = MARGIN.top): void {
    this.#below = below;
    this.#above = above;
    this.#top = top;
    this.request();
  }

  get size(): { readonly width: number; readonly height: number } {
    return { width: this.#width, height: this.#height };
  }

  /** Points in the axes' uniform coordinates. */
  get uniform(): { readonly us: Float64Array; readonly vs: Float64Array } {
    return { us: this.#us, vs: this.#vs };
  }

  get sharp(): boolean {
    return this.#cloud.sharp;
  }

  projection(): Projection {
    const { xKind: xAxis = "linear", yKind: yAxis = "linear" } = this.#data ?? {};
    const view = this.#view;
    return {
      view,
      xAxis,
      yAxis,
      box: boxOf(this.#width, this.#height, { yAxis, view }, this.#top),
    };
  }

  /** The point nearest to a place of the canvas (CSS pixels) of those that are drawn. */
  nearest(px: number, py: number, reach: number, allowed?: (row: number) => boolean) {
    const paint = this.#data?.paint;
    if (paint === undefined) return undefined;
    this.#index ??= new GridIndex(this.#us, this.#vs);
    const { view, box } = this.projection();
    const toX = (box.right - box.left) / (view.x[1] - view.x[0]);
    const toY = (box.bottom - box.top) / (view.y[1] - view.y[0]);
    return this.#index.nearest(
      view.x[0] + (px - box.left) / toX,
      view.y[0] + (box.bottom - py) / toY,
      toX,
      toY,
      reach,
      allowed ?? ((row) => paint[row]! > 1),
    );
  }

  request(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#observer.disconnect();
    this.#cloud.close();
    this.canvas.remove();
  }

  /** Only the cloud, in the plot's box, as a PNG's data URL at twice the size. */
  cloudUrl(): string {
    const p = this.projection();
    const scale = devicePixelRatio;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round((p.box.right - p.box.left) * scale);
    canvas.height = Math.round((p.box.bottom - p.box.top) * scale);
    const context = canvas.getContext("2d")!;
    context.setTransform(scale, 0, 0, scale, -p.box.left * scale, -p.box.top * scale);
    this.#cloud.draw(context, p, scale);
    return canvas.toDataURL("image/png");
  }

  #draw(): void {
    this.#frame = 0;
    const { canvas } = this;
    if (this.#width === 0 || this.#data === undefined) return;
    const scale = devicePixelRatio;
    const [w, h] = [Math.round(this.#width * scale), Math.round(this.#height * scale)];
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
    }
    const context = canvas.getContext("2d", { alpha: false })!;
    const colour = themeColours(canvas);
    const p = this.projection();
    const { box } = p;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = colour("--ground");
    context.fillRect(0, 0, this.#width, this.#height);
    paintAxes(context, p, this.size, this.#data.titles, inkOf(canvas, colour));
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    context.clip();
    this.#below(context, p, colour);
    this.#cloud.draw(context, p, scale);
    context.restore();
    this.#above(context, p, colour);
    const busy = this.waiting || !this.sharp;
    this.#stage.setAttribute("aria-busy", String(busy));
    if (!busy) this.onSettled?.();
  }
}

const uniform = (values: Float64Array, kind: AxisKind) =>
  kind === "linear" ? values : values.map((x) => toAxis(kind, x));

export function inkOf(element: Element, colour: (name: string) => string): Ink {
  return {
    grid: colour("--grid"),
    muted: colour("--muted"),
    ink: colour("--ink"),
    font: getComputedStyle(element).fontFamily,
  };
}
