/** The history as SVG: axes and curve as lines, the trials behind it as one picture. */
import { pixelX, pixelY } from "../../../../src/report/page/view.ts";
import { axesSvg } from "../../plots/axes-svg.ts";
import { themeColours } from "../../plots/colours.ts";
import { inkOf, type Scatter } from "../../plots/scatter.ts";
import { element, escaped, fixed } from "../../plots/xml.ts";
import type { Curve } from "./history.tsx";
import type { FrontState } from "./state.ts";

export function historySvg(state: FrontState, scatter: Scatter, curve: Curve | undefined): string {
  const p = scatter.projection();
  const { left, top, right, bottom } = p.box;
  const { width, height } = scatter.size;
  const css = themeColours(scatter.canvas);
  const points: string[] = [];
  for (let i = 0; i < (curve?.trials.length ?? 0); i++) {
    const [trial, value] = [curve!.trials[i]!, curve!.values[i]!];
    if (Number.isNaN(value)) continue;
    const u = fixed(pixelX(p, trial));
    if (i > 0) points.push(`${u},${fixed(pixelY(p, curve!.values[i - 1]!))}`);
    points.push(`${u},${fixed(pixelY(p, value))}`);
  }
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "font-family": inkOf(scatter.canvas, css).font,
      "font-size": 12,
    },
    [
      element("title", {}, escaped(`${state.study.peek().name}: ${curve?.title ?? "history"}`)),
      element("rect", { width, height, fill: css("--ground") }),
      axesSvg(p, height, { x: "trial", y: curve?.title ?? "" }, css),
      element("image", {
        x: left,
        y: top,
        width: right - left,
        height: bottom - top,
        href: scatter.cloudUrl(),
      }),
      element("polyline", {
        points: points.join(" "),
        fill: "none",
        stroke: css("--front"),
        "stroke-width": 2,
      }),
    ].join("\n"),
  );
}
