/** The Pareto plot as a static SVG, light and dark, for documents and for the page's export. */
import { type AxisKind, extent, marginLeft, ticks, toAxis, verticalTicks } from "./axis.ts";
import type { ReportData } from "./data.ts";
import { decodeTrials, type Measured, type Trials } from "./decode.ts";
import { planarFront } from "./dominance.ts";
import { frontRange, outsideText } from "./focus.ts";
import { formatNumber } from "./number.ts";
import { DARK, LIGHT, type Palette } from "./palette.ts";

export interface FrontSvgOptions {
  readonly width?: number;
  readonly height?: number;
  /** Names of the columns on the axes; default: the second objective across, the first upwards. */
  readonly x?: string;
  readonly y?: string;
  readonly xAxis?: AxisKind;
  readonly yAxis?: AxisKind;
  /** [low, high] in the column's units; default: all of it. */
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
  /** Default `all`; `front`: where the choice is. Ranges that are given go before it. */
  readonly focus?: "all" | "front";
  readonly title?: string;
  readonly picked?: number;
}

const MARGIN = { top: 16, right: 18, bottom: 46 };

export function frontSvg(data: ReportData, options: FrontSvgOptions = {}): string {
  return trialsSvg(decodeTrials(data), options);
}

/** Which columns a plot shows at first: what is minimised across, what is maximised upwards. */
export function defaultAxes(trials: Trials): { x: Measured; y: Measured } {
  const [first, second] = trials.objectives;
  const a = first ?? trials.measured[0]!;
  const b = second ?? trials.measured.find((m) => m !== a) ?? a;
  return a.goal === "minimize" && b.goal === "maximize" ? { x: a, y: b } : { x: b, y: a };
}

export function axisTitle(m: Measured): string {
  const better =
    m.goal === undefined ? "" : m.goal === "maximize" ? ", higher is better" : ", lower is better";
  const unit = unitText(m);
  return `${m.name}${unit ? ` (${unit})` : ""}${better}`;
}

/** e.g. `ms per batch of 256`. */
export function unitText({ unit, batch }: Pick<Measured, "unit" | "batch">): string {
  return batch === undefined || unit === "" ? unit : `${unit} per batch of ${formatNumber(batch)}`;
}

export function trialsSvg(trials: Trials, options: FrontSvgOptions = {}): string {
  const { width = 760, height = 440, xAxis = "linear", yAxis = "linear" } = options;
  const axes = defaultAxes(trials);
  const column = (name: string | undefined, byDefault: Measured) =>
    trials.measured.find((m) => m.name === name) ?? byDefault;
  const x = column(options.x, axes.x);
  const y = column(options.y, axes.y);
  const rows = completeRows(trials);
  const range = (kind: AxisKind, m: Measured, given?: readonly [number, number]) =>
    given
      ? ([toAxis(kind, given[0]), toAxis(kind, given[1])] as const)
      : options.focus === "front"
        ? frontRange(
            kind,
            m,
            rows.filter((i) => trials.onFront[i] === 1),
          )
        : extent(
            kind,
            rows.map((i) => m.data[i]!),
          );
  const [x0, x1] = range(xAxis, x, options.xRange);
  const [y0, y1] = range(yAxis, y, options.yRange);
  const inner = {
    left: Math.round(marginLeft(yAxis, [y0, y1], height)),
    right: width - MARGIN.right,
    top: MARGIN.top,
    bottom: height - MARGIN.bottom,
  };
  const px = (v: number) =>
    inner.left + ((toAxis(xAxis, v) - x0) / (x1 - x0)) * (inner.right - inner.left);
  const py = (v: number) =>
    inner.bottom - ((toAxis(yAxis, v) - y0) / (y1 - y0)) * (inner.bottom - inner.top);
  const at = (i: number): [number, number] => [px(x.data[i]!), py(y.data[i]!)];
  const inside = ([a, b]: [number, number]) =>
    a >= inner.left - 4 && a <= inner.right + 4 && b >= inner.top - 4 && b <= inner.bottom + 4;

  const dominated = rows
    .filter((i) => trials.onFront[i] === 0)
    .map(at)
    .filter(inside);
  const onFront = rows.filter((i) => trials.onFront[i] === 1);
  const front = onFront.map(at).filter(inside);
  const outside = onFront.length - front.length;
  const corners =
    x.goal === undefined || y.goal === undefined
      ? []
      : planarFront([{ goal: x.goal }, { goal: y.goal }], x.data, y.data, rows);
  const line = stepPath(corners.map(at));
  const farX = x.goal === "minimize" ? inner.right + 9 : inner.left - 9;
  const farY = y.goal === "maximize" ? inner.bottom + 9 : inner.top - 9;
  const water =
    corners.length === 0
      ? ""
      : `M${fixed(at(corners[0]!)[0])} ${farY}${line.replace("M", "L")}H${farX}V${farY}Z`;
  const picked = options.picked === undefined ? "" : ring(at(options.picked));

  const grid: string[] = [];
  const labels: string[] = [];
  for (const t of ticks(xAxis, x0, x1, Math.max(3, width / 110))) {
    const u = fixed(inner.left + ((t.at - x0) / (x1 - x0)) * (inner.right - inner.left));
    grid.push(`M${u} ${inner.top}V${inner.bottom}`);
    labels.push(`<text x="${u}" y="${inner.bottom + 17}" text-anchor="middle">${t.label}</text>`);
  }
  for (const t of ticks(yAxis, y0, y1, verticalTicks(height))) {
    const v = fixed(inner.bottom - ((t.at - y0) / (y1 - y0)) * (inner.bottom - inner.top));
    grid.push(`M${inner.left} ${v}H${inner.right}`);
    labels.push(
      `<text x="${inner.left - 8}" y="${v}" dy="0.35em" text-anchor="end">${t.label}</text>`,
    );
  }
  const title =
    options.title ?? `${y.name} against ${x.name}: ${rows.length} designs and their Pareto front`;
  const note =
    outside === 0
      ? ""
      : `<text class="muted" x="${inner.right - 8}" y="${inner.bottom - 9}" text-anchor="end">${outsideText(outside)}</text>\n`;
  const middle = (a: number, b: number) => fixed((a + b) / 2);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<title>${escapeXml(title)}</title>
<style>${css(LIGHT)}@media (prefers-color-scheme:dark){${css(DARK)}}text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}</style>
<clipPath id="plot"><rect x="${inner.left}" y="${inner.top}" width="${inner.right - inner.left}" height="${inner.bottom - inner.top}"/></clipPath>
<rect class="ground" width="${width}" height="${height}"/>
<path class="grid" d="${grid.join("")}"/>
<g clip-path="url(#plot)">
<path class="water" d="${water}"/>
<path class="cloud" d="${dots(dominated)}"/>
<path class="line" d="${line}"/>
${front.map(([a, b]) => `<circle class="front" cx="${fixed(a)}" cy="${fixed(b)}" r="3.2"/>`).join("")}${picked}
</g>
${note}<g class="muted">${labels.join("")}</g>
<g class="ink"><text x="${middle(inner.left, inner.right)}" y="${height - 8}" text-anchor="middle">${escapeXml(axisTitle(x))}</text><text transform="translate(14 ${middle(inner.top, inner.bottom)}) rotate(-90)" text-anchor="middle">${escapeXml(axisTitle(y))}</text></g>
</svg>
`;
}

export function completeRows(trials: Trials): number[] {
  const rows: number[] = [];
  for (let i = 0; i < trials.count; i++) if (trials.states[i] === "complete") rows.push(i);
  return rows;
}

/** Steps from the corners outwards: what a corner reaches in x holds until the next one. */
export function stepPath(corners: readonly (readonly [number, number])[]): string {
  return corners
    .map(([a, b], i) => (i === 0 ? `M${fixed(a)} ${fixed(b)}` : `H${fixed(a)}V${fixed(b)}`))
    .join("");
}

/** One zero-length stroke a dot; equal dots once. Sorted, so that relative moves are short. */
function dots(points: readonly (readonly [number, number])[]): string {
  const cells = new Set(points.map(([a, b]) => Math.round(b * 2) * 65_536 + Math.round(a * 2)));
  let d = "";
  let lastX = 0;
  let lastY = 0;
  for (const cell of [...cells].sort((a, b) => a - b)) {
    const cx = (cell & 0xffff) / 2;
    const cy = Math.floor(cell / 65_536) / 2;
    d += d === "" ? `M${cx} ${cy}h0` : `m${cx - lastX} ${cy - lastY}h0`;
    lastX = cx;
    lastY = cy;
  }
  return d;
}

function ring([a, b]: [number, number]): string {
  return `<circle class="picked" cx="${fixed(a)}" cy="${fixed(b)}" r="7"/>`;
}

function css(p: Palette): string {
  return `.ground{fill:${p.ground}}.grid{stroke:${p.grid};fill:none}.water{fill:${p.water}}.cloud{stroke:rgb(${p.cloud.join(",")});stroke-opacity:.4;stroke-width:2.4;stroke-linecap:round;fill:none}.line{stroke:${p.front};stroke-width:1.6;fill:none;stroke-linejoin:round}.front{fill:${p.frontFill};stroke:${p.ground};stroke-width:1}.picked{fill:none;stroke:${p.picked};stroke-width:2.5}.muted{fill:${p.muted}}.ink{fill:${p.ink}}`;
}

function fixed(x: number): string {
  return String(Math.round(x * 10) / 10);
}

export function escapeXml(text: string): string {
  return (
    text
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;")
      // XML 1.0 has no place for control characters.
      .replace(/[^\P{Cc}\t\n\r]/gu, "\ufffd")
  );
}
