/**
 * A sequential scale in one hue, from the ground's lightness to the far end: it reads as less and more
 * with any kind of colour vision, and in grey.
 */
export type Rgb = readonly [number, number, number];

const LIGHT: readonly Rgb[] = [
  [244, 248, 250],
  [205, 226, 240],
  [128, 186, 222],
  [32, 122, 184],
  [0, 52, 92],
];
const DARK: readonly Rgb[] = [
  [24, 34, 42],
  [26, 62, 88],
  [38, 108, 158],
  [112, 182, 230],
  [226, 243, 255],
];

/** @param t [0, 1] */
export function colourAt(t: number, theme: "light" | "dark"): Rgb {
  const stops = theme === "light" ? LIGHT : DARK;
  const at = Math.min(1, Math.max(0, t)) * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(at));
  const [a, b] = [stops[i]!, stops[i + 1]!];
  return [0, 1, 2].map((c) => Math.round(a[c]! + (b[c]! - a[c]!) * (at - i))) as unknown as Rgb;
}

export const css = ([r, g, b]: Rgb): string => `rgb(${r},${g},${b})`;

/**
 * Where a value stands on the scale: by the square root, since a few nodes take most of a network's cost
 * and the others should still be told apart.
 */
export const position = (value: number, most: number): number =>
  most > 0 ? Math.sqrt(Math.max(0, value) / most) : 0;

/** The value at a place of the scale. */
export const valueAt = (t: number, most: number): number => t * t * most;

/** Relative luminance (WCAG 2). */
export function luminance([r, g, b]: Rgb): number {
  const linear = (c: number) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** Whether writing on it is dark; the contrast of the better one is at least 4.5. */
export const darkText = (ground: Rgb): boolean => luminance(ground) > 0.179;
