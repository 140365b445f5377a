/**
 * The Front plot as SVG: axes, front and marks as lines and text; the other trials as circles where
 * they are few, else as one picture, since 100,000 circles open in no editor.
 */
import { type Projection, pixelX, pixelY } from "../../../../src/report/page/view.ts";
import { axesSvg } from "../../plots/axes-svg.ts";
import { themeColours } from "../../plots/colours.ts";
import { inkOf } from "../../plots/scatter.ts";
import { element, escaped, fixed, text } from "../../plots/xml.ts";
import { axisTitle } from "./axes.ts";
import type { FrontPicture } from "./front-picture.ts";
import { cornersOf, laidOut, steps } from "./marks.ts";
import type { FrontState } from "./state.ts";

/** Trials up to here are circles of their own. */
export const MOST_CIRCLES = 2000;

export function frontSvg(state: FrontState, picture: FrontPicture): string {
  const { scatter } = picture;
  const p = scatter.projection();
  const { box } = p;
  const { width, height } = scatter.size;
  const css = themeColours(scatter.canvas);
  const { font } = inkOf(scatter.canvas, css);
  const [x, y] = [state.x.peek(), state.y.peek()];
  const rows = [...(state.front.peek()?.rows ?? [])];
  const line = steps(p, x, y, cornersOf(x, y, state.front.peek()));
  const few = state.keptCount.peek() <= MOST_CIRCLES;
  const inner = { width: box.right - box.left, height: box.bottom - box.top };
  const cloud = few
    ? circles(state, p, css)
    : element("image", { x: box.left, y: box.top, ...inner, href: scatter.cloudUrl() });
  const front = rows.filter((row) => state.kept.peek()[row] === 1);
  const marks = element(
    "g",
    { fill: css("--front-fill"), stroke: css("--ground") },
    front.map((row) => circle(p, x.data[row]!, y.data[row]!, 4)).join(""),
  );
  const pick = state.part.pick.peek();
  const ring =
    pick === undefined
      ? ""
      : element(
          "g",
          { fill: "none", stroke: css("--picked"), "stroke-width": 2.5 },
          circle(p, x.data[pick]!, y.data[pick]!, 8),
        );
  const what = few
    ? "Every trial is a circle."
    : `${state.keptCount.peek()} trials are one picture, ${front.length} on the front are circles.`;
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "font-family": font,
      "font-size": 12,
    },
    [
      element("title", {}, escaped(state.study.peek().name)),
      element("desc", {}, escaped(what)),
      element("clipPath", { id: "plot" }, element("rect", { x: box.left, y: box.top, ...inner })),
      element("rect", { width, height, fill: css("--ground") }),
      axesSvg(p, height, { x: axisTitle(x), y: axisTitle(y) }, css),
      element(
        "g",
        { "clip-path": "url(#plot)" },
        cloud +
          element("polyline", {
            points: line.map((at) => at.map(fixed).join(",")).join(" "),
            fill: "none",
            stroke: css("--front"),
            "stroke-width": 1.5,
          }) +
          marks +
          ring,
      ),
      legend(picture, p, css),
    ].join("\n"),
  );
}

function circle(p: Projection, x: number, y: number, r: number): string {
  const [cx, cy] = [pixelX(p, x), pixelY(p, y)];
  return Number.isFinite(cx) && Number.isFinite(cy) ? element("circle", { cx, cy, r }) : "";
}

function circles(state: FrontState, p: Projection, css: (name: string) => string): string {
  const { x, y, kept, block } = state;
  const [shown, aside]: [string[], string[]] = [[], []];
  kept.peek().forEach((one, row) => {
    if (one === 1)
      (block.peek().states[row] === 0 ? shown : aside).push(
        circle(p, x.peek().data[row]!, y.peek().data[row]!, 2.2),
      );
  });
  const group = (fill: string, list: string[]) =>
    element("g", { fill: css(fill), "fill-opacity": 0.6 }, list.join(""));
  return group("--infeasible", aside) + group("--cloud", shown);
}

function legend(picture: FrontPicture, { box }: Projection, css: (name: string) => string): string {
  const found = picture.legend();
  if (found === undefined) return "";
  // Without a canvas to measure with: the mean width of a letter at 12 pixels, rounded up.
  const swatches = laidOut(found.title, found.items, box.left, box.right, (t) => 7 * t.length);
  const stops = (colours: readonly string[]) =>
    colours
      .map((colour, i) =>
        element("stop", {
          offset: colours.length === 1 ? 0 : i / (colours.length - 1),
          "stop-color": colour,
        }),
      )
      .join("");
  return (
    text(found.title, { x: box.left, y: 22, fill: css("--muted") }) +
    swatches
      .map(
        ({ x, width, label, colours }, i) =>
          element("linearGradient", { id: `scale${i}` }, stops(colours)) +
          element("rect", { x, y: 13, width, height: 11, fill: `url(#scale${i})` }) +
          text(label, { x: x + width + 5, y: 22, fill: css("--ink") }),
      )
      .join("")
  );
}
