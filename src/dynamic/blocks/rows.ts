/**
 * Feature maps as rows of channels, which is the form that blocks are gathered from and scattered to:
 * [N, H + 1, W, C]. Row H of each image holds zeros and stands for all that lies outside the image.
 */
import { int64s } from "../../graph/tensor.ts";
import type { Scope } from "./scope.ts";
import { transposed } from "./sizes.ts";

export const CHANNELS_LAST = [0, 2, 3, 1] as const;
export const CHANNELS_FIRST = [0, 3, 1, 2] as const;
export const EXTRA_ROWS = 1;

/** [N, C, H, W] as rows. */
export function toRows(scope: Scope, x: string): string {
  return padded(scope, transposed(scope, x, CHANNELS_LAST));
}

/** [N, H, W, C] with the extra row. */
export function padded(scope: Scope, x: string): string {
  const pads = scope.constant("blocks/pads", int64s([0, 0, 0, 0, 0, EXTRA_ROWS, 0, 0]));
  return scope.add("Pad", [x, pads]);
}

/** Rows as [N, C, H, W]. */
export function fromRows(scope: Scope, rows: string, output?: string): string {
  const [from, to, axis] = [0, -EXTRA_ROWS, 1].map((v) =>
    scope.constant(`blocks/int/${v}`, int64s([v])),
  );
  return transposed(scope, scope.add("Slice", [rows, from!, to!, axis!]), CHANNELS_FIRST, output);
}

/** Groups of `unit` pixels in a row, one an index: [N * (H + 1) * W / unit, unit * C]. */
export function rowUnits(scope: Scope, rows: string, unit: number, channels: number): string {
  const shape = scope.constant(`blocks/ints/-1,${unit * channels}`, int64s([-1, unit * channels]));
  return scope.add("Reshape", [rows, shape]);
}
