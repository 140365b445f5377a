/** A plot's axes as SVG. */
import type { Projection } from "../../../src/report/page/view.ts";
import { marksX, marksY, type Titles } from "./axes-paint.ts";
import { element, fixed, text } from "./xml.ts";

export function axesSvg(
  p: Projection,
  height: number,
  titles: Titles,
  css: (name: string) => string,
): string {
  const { left, right, top, bottom } = p.box;
  const [xs, ys] = [marksX(p), marksY(p, height)];
  const grid = [
    ...xs.map(({ at }) => `M${fixed(at)},${top}V${bottom}`),
    ...ys.map(({ at }) => `M${left},${fixed(at)}H${right}`),
  ].join("");
  const middle = (top + bottom) / 2;
  return [
    element("path", { d: grid, stroke: css("--grid") }),
    element(
      "g",
      { fill: css("--muted") },
      xs
        .map(({ at, label }) => text(label, { x: at, y: bottom + 18, "text-anchor": "middle" }))
        .join("") +
        ys
          .map(({ at, label }) => text(label, { x: left - 8, y: at + 4, "text-anchor": "end" }))
          .join(""),
    ),
    element(
      "g",
      { fill: css("--ink"), "font-weight": 600, "text-anchor": "middle" },
      text(titles.x, { x: (left + right) / 2, y: height - 8 }) +
        text(titles.y, { x: 14, y: middle, transform: `rotate(-90 14 ${fixed(middle)})` }),
    ),
  ].join("");
}
