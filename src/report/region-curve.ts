/** Time against kept fraction, one small plot for each region and device, light and dark. */
import type { RegionCurve } from "../dynamic/curve/curve.ts";
import { extent, ticks } from "./axis.ts";
import { escapeXml } from "./front-svg.ts";
import { formatNumber } from "./number.ts";
import { DARK, LIGHT, type Palette } from "./palette.ts";

const CELL = { width: 340, height: 236, left: 52, right: 14, top: 58, bottom: 36 };
const HEAD = 34;
const FOOT = 44;

/**
 * A row for each region and a column for each device: the model's time, the same without rounding to
 * waves and with every round charged whole, the dense region, the break-even, and what the budgets grant.
 */
export function regionCurveSvg(curves: readonly RegionCurve[], title: string): string {
  const devices = [...new Set(curves.map((c) => c.device))];
  const regions = [...new Set(curves.map((c) => c.region))];
  // Many regions on one device stand side by side.
  const columns = devices.length > 1 ? devices.length : Math.min(3, regions.length);
  const place = (curve: RegionCurve, i: number) =>
    devices.length > 1
      ? [devices.indexOf(curve.device), regions.indexOf(curve.region)]
      : [i % columns, Math.floor(i / columns)];
  const rows = devices.length > 1 ? regions.length : Math.ceil(regions.length / columns);
  const width = Math.max(2, columns) * CELL.width;
  const height = HEAD + rows * CELL.height + FOOT;
  const cells = curves.map((curve, i) => {
    const [column, row] = place(curve, i) as [number, number];
    return `<g transform="translate(${column * CELL.width} ${HEAD + row * CELL.height})">${cell(curve)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<title>${escapeXml(title)}</title>
<style>${css(LIGHT)}@media (prefers-color-scheme:dark){${css(DARK)}}text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}.head{font-size:14px;font-weight:600}.name{font-weight:600}</style>
<rect class="ground" width="${width}" height="${height}"/>
<text class="ink head" x="14" y="22">${escapeXml(title)}</text>
${cells.join("\n")}
${legend(height - FOOT + 14)}
</svg>
`;
}

function cell(curve: RegionCurve): string {
  const { line, denseUs, blocks, breakEven, points, block } = curve;
  const [, top] = extent("linear", [
    0,
    denseUs,
    ...line.flatMap((p) => [p.latencyUs, p.quantisedUs, p.smoothUs]),
  ]);
  const right = CELL.width - CELL.right;
  const bottom = CELL.height - CELL.bottom;
  const px = (share: number) => fixed(CELL.left + share * (right - CELL.left));
  const py = (us: number) => fixed(bottom - (us / top) * (bottom - CELL.top));
  const grid = ticks("linear", 0, top, 4).map(
    (t) =>
      `<path class="grid" d="M${CELL.left} ${py(t.at)}H${right}"/><text class="muted" x="${CELL.left - 6}" y="${py(t.at)}" dy="0.35em" text-anchor="end">${t.label}</text>`,
  );
  const below = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<text class="muted" x="${px(share)}" y="${bottom + 15}" text-anchor="${share === 1 ? "end" : "middle"}">${100 * share} %</text>`,
  );
  const path = (us: (p: (typeof line)[number]) => number) =>
    line.map((p, i) => `${i === 0 ? "M" : "L"}${px(p.active / blocks)} ${py(us(p))}`).join("");
  const even = breakEven.keptFraction;
  const pays =
    even === undefined
      ? ""
      : `<rect class="water" x="${CELL.left}" y="${CELL.top}" width="${fixed(Number(px(even)) - CELL.left)}" height="${bottom - CELL.top}"/><path class="even" d="M${px(even)} ${CELL.top}V${bottom}"/>`;
  const marks = points.map(({ budget }) => {
    const [from, to] = [budget.asked / blocks, budget.active / blocks];
    const y = py(budget.latencyUs);
    const run = budget.verdict === "dense" ? "dense-mark" : "granted";
    return `<path class="spare" d="M${px(from)} ${y}H${px(to)}"/><circle class="${run}" cx="${px(to)}" cy="${y}" r="2.6"><title>${budget.asked} of ${blocks} blocks asked, ${budget.active} granted: ${formatNumber(Number(budget.latencyUs.toPrecision(3)))} µs, ${budget.verdict}</title></circle>`;
  });
  const cause = breakEven.limiter;
  const say =
    even === undefined
      ? `never pays${cause === undefined ? "" : `: ${cause}`}`
      : `pays up to ${formatNumber(Math.round(1000 * even) / 10)} % of ${formatNumber(blocks)} blocks${cause === undefined ? "" : `; beyond: ${cause}`}`;
  return `<text class="ink name" x="14" y="14">${escapeXml(shortened(curve.region))}</text><text class="muted" x="14" y="29">${escapeXml(`${curve.device}, blocks of ${block.join(" x ")}`)}</text><text class="muted" x="14" y="44">${say}</text>${pays}${grid.join("")}${below.join("")}<path class="dense" d="M${CELL.left} ${py(denseUs)}H${right}"/><path class="smooth" d="${path((p) => p.smoothUs)}"/><path class="whole" d="${path((p) => p.quantisedUs)}"/><path class="line" d="${path((p) => p.latencyUs)}"/>${marks.join("")}`;
}

function legend(y: number): string {
  const entries: readonly (readonly [string, string, number])[] = [
    ["line", "predicted", 100],
    ["smooth", "without rounding to waves", 190],
    ["whole", "every round whole", 150],
    ["dense", "dense", 74],
  ];
  let x = 14;
  const out: string[] = [];
  for (const [name, text, width] of entries) {
    out.push(
      `<path class="${name}" d="M${x} ${y - 4}h20"/><text class="muted" x="${x + 26}" y="${y}">${text}</text>`,
    );
    x += width;
  }
  out.push(
    `<circle class="granted" cx="20" cy="${y + 15}" r="2.6"/><text class="muted" x="40" y="${y + 19}">blocks granted for those asked (stroke: spare slots filled); ring: run dense; shaded: skipping pays; µs against blocks kept</text>`,
  );
  return out.join("");
}

const LONGEST = 46;

/** The end of a name says most. */
function shortened(name: string): string {
  return name.length > LONGEST ? `…${name.slice(1 - LONGEST)}` : name;
}

function css(p: Palette): string {
  return `.ground{fill:${p.ground}}.grid{stroke:${p.grid};fill:none}.water{fill:${p.water}}.even{stroke:${p.frontFill};stroke-dasharray:2 3;fill:none}.line{stroke:${p.front};stroke-width:1.7;fill:none;stroke-linejoin:round}.smooth{stroke:${p.limiters.memory};stroke-width:1.2;stroke-dasharray:5 3;fill:none}.whole{stroke:${p.limiters.tail};stroke-width:1.1;fill:none}.dense{stroke:${p.muted};stroke-width:1.2;fill:none}.spare{stroke:${p.picked};stroke-width:2;fill:none}.granted{fill:${p.picked};stroke:${p.ground};stroke-width:.8}.dense-mark{fill:${p.ground};stroke:${p.picked};stroke-width:1.4}.muted{fill:${p.muted}}.ink{fill:${p.ink}}`;
}

function fixed(x: number): string {
  return String(Math.round(x * 10) / 10);
}
