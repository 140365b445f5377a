/** Staircases of latency against channels, one small plot a group of layers, light and dark. */
import type { GroupSurvey } from "../gpu/widths/survey.ts";
import { extent, ticks } from "./axis.ts";
import { escapeXml } from "./front-svg.ts";
import { formatNumber } from "./number.ts";
import { DARK, LIGHT, type Palette } from "./palette.ts";

const CELL = { width: 300, height: 190, left: 46, right: 12, top: 40, bottom: 34 };
const COLUMNS = 4;
const HEAD = 34;

/** Every group whose channels may change, in the network's order, as one SVG. */
export function staircaseSvg(groups: readonly GroupSurvey[], title: string): string {
  const shown = groups.filter((g) => g.stairs.length > 1);
  const columns = Math.max(1, Math.min(COLUMNS, shown.length));
  const rows = Math.ceil(shown.length / columns);
  const width = columns * CELL.width;
  const height = HEAD + Math.max(1, rows) * CELL.height + 22;
  const cells = shown.map((group, i) => {
    const x = (i % columns) * CELL.width;
    const y = HEAD + Math.floor(i / columns) * CELL.height;
    return `<g transform="translate(${x} ${y})">${cell(group)}</g>`;
  });
  const nothing =
    shown.length === 0
      ? `<text class="muted" x="14" y="60">No layer's channels can change.</text>`
      : "";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<title>${escapeXml(title)}</title>
<style>${css(LIGHT)}@media (prefers-color-scheme:dark){${css(DARK)}}text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}.head{font-size:14px;font-weight:600}.name{font-weight:600}</style>
<rect class="ground" width="${width}" height="${height}"/>
<text class="ink head" x="14" y="22">${escapeXml(title)}</text>
${cells.join("\n")}${nothing}
<text class="muted" x="14" y="${height - 8}">µs of all that the channels touch, against their number; ring: the network; dots: step edges of its layers</text>
</svg>
`;
}

/** The same in a page that opens from a file and asks nothing of any network. */
export function staircaseHtml(groups: readonly GroupSurvey[], title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(title)} – Tidemark</title>
<style>body{margin:0}svg{display:block;max-width:100%;height:auto;margin:0 auto}</style>
</head>
<body>
${staircaseSvg(groups, title)}</body>
</html>
`;
}

function cell(group: GroupSurvey): string {
  const { stairs, channels, us, layers } = group;
  const widest = stairs.at(-1)!.channels;
  const [, top] = extent("linear", [0, ...stairs.map((s) => s.us), us]);
  const right = CELL.width - CELL.right;
  const bottom = CELL.height - CELL.bottom;
  const px = (c: number) => fixed(CELL.left + (c / widest) * (right - CELL.left));
  const py = (t: number) => fixed(bottom - (t / top) * (bottom - CELL.top));
  const grid = ticks("linear", 0, top, 3).map(
    (t) =>
      `<path class="grid" d="M${CELL.left} ${py(t.at)}H${right}"/><text class="muted" x="${CELL.left - 6}" y="${py(t.at)}" dy="0.35em" text-anchor="end">${t.label}</text>`,
  );
  const below = ticks("linear", 0, widest, 4).map(
    (t) =>
      `<text class="muted" x="${px(t.at)}" y="${bottom + 15}" text-anchor="middle">${t.label}</text>`,
  );
  // A sample holds for the widths up to it.
  const line = stairs
    .map((s, i) =>
      i === 0 ? `M${px(0)} ${py(s.us)}H${px(s.channels)}` : `V${py(s.us)}H${px(s.channels)}`,
    )
    .join("");
  const known = new Map(stairs.map((s) => [s.channels, s.us]));
  const edges = new Set(layers.flatMap((l) => l.edges));
  const dots = [...edges].map(
    (c) => `<circle class="edge" cx="${px(c)}" cy="${py(known.get(c)!)}" r="2.4"/>`,
  );
  const [first] = layers;
  const name = layers.length > 1 ? `${first?.layer} +${layers.length - 1}` : first?.layer;
  const say = `${formatNumber(channels)} channels, ${formatNumber(Number(us.toPrecision(3)))} µs${standing(group)}`;
  return `<text class="ink name" x="14" y="12">${escapeXml(shortened(name ?? ""))}</text><text class="muted" x="14" y="27">${escapeXml(say)}</text>${grid.join("")}${below.join("")}<path class="line" d="${line}"/>${dots.join("")}<circle class="picked" cx="${px(channels)}" cy="${py(us)}" r="5"/>`;
}

function standing({ next, channels }: GroupSurvey): string {
  if (next === undefined) return "";
  return next.channels === channels ? ", on an edge" : `, ${next.channels - channels} to the edge`;
}

const LONGEST = 42;

/** The end of a name says most. */
function shortened(name: string): string {
  return name.length > LONGEST ? `…${name.slice(1 - LONGEST)}` : name;
}

function css(p: Palette): string {
  return `.ground{fill:${p.ground}}.grid{stroke:${p.grid};fill:none}.line{stroke:${p.front};stroke-width:1.4;fill:none}.edge{fill:${p.frontFill};stroke:${p.ground};stroke-width:.8}.picked{fill:none;stroke:${p.picked};stroke-width:2}.muted{fill:${p.muted}}.ink{fill:${p.ink}}`;
}

function fixed(x: number): string {
  return String(Math.round(x * 10) / 10);
}
