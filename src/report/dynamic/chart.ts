/** What the charts of a dynamic network have in common: ground, axes, title, style. */
import { ticks } from "../axis.ts";
import { escapeXml } from "../front-svg.ts";
import { DARK, LIGHT, type Palette } from "../palette.ts";

export const WIDTH = 640;
export const HEIGHT = 360;
const BOX = { left: 64, right: WIDTH - 18, top: 18, bottom: HEIGHT - 46 };

export interface Plane {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly title: string;
}

export interface Place {
  readonly px: (x: number) => number;
  readonly py: (y: number) => number;
  readonly box: typeof BOX;
}

/** A whole SVG; both axes are linear, and `draw` puts what it has between them. */
export function chart({ x, y, xTitle, yTitle, title }: Plane, draw: (place: Place) => string) {
  const px = (v: number) =>
    round(BOX.left + ((v - x[0]) / (x[1] - x[0] || 1)) * (BOX.right - BOX.left));
  const py = (v: number) =>
    round(BOX.bottom - ((v - y[0]) / (y[1] - y[0] || 1)) * (BOX.bottom - BOX.top));
  const across = ticks("linear", ...x, 6).map(
    (t) =>
      `<path class="grid" d="M${px(t.at)} ${BOX.top}V${BOX.bottom}"/><text class="muted" x="${px(t.at)}" y="${BOX.bottom + 17}" text-anchor="middle">${t.label}</text>`,
  );
  const up = ticks("linear", ...y, 5).map(
    (t) =>
      `<path class="grid" d="M${BOX.left} ${py(t.at)}H${BOX.right}"/><text class="muted" x="${BOX.left - 8}" y="${py(t.at)}" dy="0.35em" text-anchor="end">${t.label}</text>`,
  );
  const middle = [(BOX.left + BOX.right) / 2, (BOX.top + BOX.bottom) / 2];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escapeXml(title)}">
<title>${escapeXml(title)}</title>
<style>${css(LIGHT)}@media (prefers-color-scheme:dark){${css(DARK)}}text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}.name{font-weight:600}</style>
<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>
${across.join("")}${up.join("")}
${draw({ px, py, box: BOX })}
<g class="ink"><text x="${middle[0]}" y="${HEIGHT - 8}" text-anchor="middle">${escapeXml(xTitle)}</text><text transform="translate(16 ${middle[1]}) rotate(-90)" text-anchor="middle">${escapeXml(yTitle)}</text></g>
</svg>
`;
}

function css(p: Palette): string {
  return `.ground{fill:${p.ground}}.grid{stroke:${p.grid};fill:none}.line{stroke:${p.front};stroke-width:1.8;fill:none;stroke-linejoin:round}.dense{stroke:${p.muted};stroke-dasharray:5 3;fill:none}.picked{fill:none;stroke:${p.picked};stroke-width:2.5}.dot{stroke:${p.ground};stroke-width:1}.muted{fill:${p.muted}}.ink{fill:${p.ink}}.halo{paint-order:stroke;stroke:${p.ground};stroke-width:4px;stroke-linejoin:round}.square{fill:${p.muted};stroke:${p.ground}}`;
}

export const round = (x: number) => Math.round(x * 10) / 10;
