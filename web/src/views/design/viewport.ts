/** Which part of the layout is seen, and how it is moved. */
import { signal } from "@preact/signals";
import { type Camera, fitted, type Size, zoomAt } from "../../graph-view/camera.ts";
import { scene } from "./state.ts";

export const camera = signal<Camera>({ x: 0, y: 0, scale: 1 });
/** Of the canvas, in pixels of the page. */
export const viewSize = signal<Size>({ width: 0, height: 0 });

export function fitAll(): void {
  const drawn = scene.peek();
  if (drawn !== undefined) camera.value = fitted(drawn, viewSize.peek());
}

/** @param px place in pixels that stays where it is; default: the middle */
export function zoomBy(factor: number, px?: number, py?: number): void {
  const drawn = scene.peek();
  if (drawn === undefined) return;
  const { width, height } = viewSize.peek();
  const smallest = Math.min(0.4, fitted(drawn, viewSize.peek()).scale);
  camera.value = zoomAt(camera.peek(), factor, px ?? width / 2, py ?? height / 2, smallest);
}
