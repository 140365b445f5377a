import { describe, expect, it } from "vitest";
import { DARK, LIGHT } from "../../src/report/palette.ts";
import { TEXT_COLOURS } from "../../src/report/style.ts";

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

describe.each([
  ["light", LIGHT],
  ["dark", DARK],
] as const)("%s colours", (scheme, palette) => {
  const { text, grounds } = TEXT_COLOURS[scheme];
  it("text reaches 4.5:1 on every ground that it stands on (WCAG AA)", () => {
    for (const ground of grounds)
      for (const colour of text)
        expect(contrast(colour, ground), `${colour} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  });
  it("marks reach 3:1 on the plot (WCAG 1.4.11)", () => {
    const hex = (rgb: readonly number[]) =>
      `#${rgb.map((c) => c.toString(16).padStart(2, "0")).join("")}`;
    const marks = [
      palette.front,
      palette.frontFill,
      palette.picked,
      hex(palette.cloud),
      hex(palette.infeasible),
      ...Object.values(palette.limiters),
    ];
    for (const colour of marks)
      expect(contrast(colour, palette.ground), colour).toBeGreaterThanOrEqual(3);
  });
});
