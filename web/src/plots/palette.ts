/** Entries of a cloud's palette, and the layers that their dots are drawn in. */
import { CATEGORIES, packed, scaleColour } from "./colours.ts";

/** Filtered out, but there. */
export const GHOST = 1;
/** Shown, without a place on the front: infeasible or pruned. */
export const ASIDE = 2;
export const PLAIN = 3;
/** First of those that a third quantity colours. */
export const SCALE = 16;
export const SCALE_STEPS = 256;
/** On the front, where the front is too large to be drawn one by one. */
export const FRONT = SCALE + SCALE_STEPS;

export function layerOf(entry: number): number {
  if (entry <= ASIDE) return entry - 1;
  return entry < FRONT ? 2 : 3;
}

/** @param colour of the page by the name of its variable */
export function paletteOf(
  colour: (name: string) => string,
  ground: "light" | "dark",
  categories: boolean,
): Uint32Array<ArrayBuffer> {
  const palette = new Uint32Array(FRONT + 1);
  palette[GHOST] = packed(colour("--grid"));
  palette[ASIDE] = packed(colour("--infeasible"));
  palette[PLAIN] = packed(colour("--cloud"));
  palette[FRONT] = packed(colour("--front-fill"));
  for (let i = 0; i < SCALE_STEPS; i++)
    palette[SCALE + i] = packed(
      categories
        ? colour(`--cat${Math.min(i, CATEGORIES - 1)}`)
        : scaleColour(i / (SCALE_STEPS - 1), ground),
    );
  return palette;
}

export interface Painting {
  readonly states: Uint8Array;
  readonly kept: Uint8Array;
  /** Values that colour, where any do. */
  readonly colours: Float64Array | undefined;
  /** Of the colours; undefined of categories, which are colours by their number. */
  readonly range: readonly [number, number] | undefined;
  /** Given where the front is painted with the cloud. */
  readonly onFront: Uint8Array | undefined;
}

/** The entry of each trial; complete ones have state 0. */
export function paintOf({ states, kept, colours, range, onFront }: Painting): Uint16Array {
  const paint = new Uint16Array(states.length);
  const [low, high] = range ?? [0, SCALE_STEPS - 1];
  const steps = (SCALE_STEPS - 1) / (high - low || 1);
  for (let i = 0; i < paint.length; i++) {
    if (kept[i] === 0) paint[i] = GHOST;
    else if (states[i] !== 0) paint[i] = ASIDE;
    else if (onFront?.[i] === 1) paint[i] = FRONT;
    else {
      const value = colours === undefined ? Number.NaN : (colours[i]! - low) * steps;
      paint[i] = Number.isNaN(value)
        ? PLAIN
        : SCALE + Math.min(SCALE_STEPS - 1, Math.max(0, Math.round(value)));
    }
  }
  return paint;
}
