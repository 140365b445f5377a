/** Colours of canvases: those of the page, and a scale for a third quantity. */

/** Colours of the page's theme by the name of their variable, e.g. `--front`. */
export function themeColours(element: Element): (name: string) => string {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(name).trim();
}

/** `#rrggbb` as red | green << 8 | blue << 16, the byte order of pixels. */
export function packed(hex: string): number {
  const rgb = Number.parseInt(hex.slice(1), 16);
  return ((rgb >> 16) & 255) | (rgb & 0xff00) | ((rgb & 255) << 16);
}

/** Viridis (van der Walt & Smith, 2015) at ninths: even to the eye and to the colour-blind. */
const VIRIDIS = [
  "#440154",
  "#472d7b",
  "#3b528b",
  "#2c728e",
  "#21918c",
  "#28ae80",
  "#5ec962",
  "#addc30",
  "#fde725",
];

/** The part of the scale that stands out from the ground. */
const PART = { light: [0, 0.86], dark: [0.22, 1] } as const;

/** @param t 0 to 1 */
export function scaleColour(t: number, ground: "light" | "dark"): string {
  const [a, b] = PART[ground];
  const at = (a + (b - a) * Math.min(1, Math.max(0, t))) * (VIRIDIS.length - 1);
  const i = Math.min(VIRIDIS.length - 2, Math.floor(at));
  const channel = (shift: number) => {
    const [low, high] = [VIRIDIS[i]!, VIRIDIS[i + 1]!].map(
      (hex) => (Number.parseInt(hex.slice(1), 16) >> shift) & 255,
    ) as [number, number];
    return Math.round(low + (high - low) * (at - i))
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(16)}${channel(8)}${channel(0)}`;
}

/** Colours told apart by name; labels beyond them share the last, which is grey. */
export const CATEGORIES = 8;
