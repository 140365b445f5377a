/** The part of the plane that the plot shows, and where it lies on the canvas (CSS pixels). */
import { type AxisKind, fromAxis, toAxis } from "../axis.ts";

/** Ranges in the axes' uniform coordinates. */
export interface View {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Projection {
  readonly view: View;
  readonly box: Box;
  readonly xAxis: AxisKind;
  readonly yAxis: AxisKind;
}

export function pixelX(p: Projection, value: number): number {
  const [a, b] = p.view.x;
  return p.box.left + ((toAxis(p.xAxis, value) - a) / (b - a)) * (p.box.right - p.box.left);
}

export function pixelY(p: Projection, value: number): number {
  const [a, b] = p.view.y;
  return p.box.bottom - ((toAxis(p.yAxis, value) - a) / (b - a)) * (p.box.bottom - p.box.top);
}

/** The values under a point of the canvas. */
export function valuesAt(p: Projection, px: number, py: number): [number, number] {
  const [fx, fy] = fractions(p, px, py);
  const { x, y } = p.view;
  return [
    fromAxis(p.xAxis, x[0] + fx * (x[1] - x[0])),
    fromAxis(p.yAxis, y[0] + fy * (y[1] - y[0])),
  ];
}

function fractions(p: Projection, px: number, py: number): [number, number] {
  const { left, right, top, bottom } = p.box;
  return [(px - left) / (right - left), (bottom - py) / (bottom - top)];
}

/** Zoomed by `factor` (above 1: closer) with the point under (px, py) in its place. */
export function zoomed(p: Projection, factor: number, px: number, py: number): View {
  const [fx, fy] = fractions(p, px, py);
  const range = ([a, b]: readonly [number, number], f: number): [number, number] => {
    const centre = a + f * (b - a);
    return [centre - (centre - a) / factor, centre + (b - centre) / factor];
  };
  return { x: range(p.view.x, fx), y: range(p.view.y, fy) };
}

/** Moved by pixels. */
export function panned(p: Projection, dx: number, dy: number): View {
  const { left, right, top, bottom } = p.box;
  const sx = (-dx * (p.view.x[1] - p.view.x[0])) / (right - left);
  const sy = (dy * (p.view.y[1] - p.view.y[0])) / (bottom - top);
  return {
    x: [p.view.x[0] + sx, p.view.x[1] + sx],
    y: [p.view.y[0] + sy, p.view.y[1] + sy],
  };
}

/**
 * Not wider than `all`, not past its edges, and not so close that float64 runs out.
 */
export function limited(view: View, all: View): View {
  const range = (
    [a, b]: readonly [number, number],
    [low, high]: readonly [number, number],
  ): [number, number] => {
    const least = Math.max(1e-9 * (high - low), 1e-12 * Math.max(Math.abs(low), Math.abs(high)));
    const span = Math.min(high - low, Math.max(b - a, least));
    const start = Math.min(Math.max((a + b - span) / 2, low), high - span);
    return [start, start + span];
  };
  return { x: range(view.x, all.x), y: range(view.y, all.y) };
}

export function sameView(a: View, b: View): boolean {
  return a.x[0] === b.x[0] && a.x[1] === b.x[1] && a.y[0] === b.y[0] && a.y[1] === b.y[1];
}
