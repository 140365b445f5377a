/** A scene as an SVG file of its own. */
import type { Colour, Mark, Scene } from "./mark.ts";

/** @param colour the value of one of the page's colours */
export function sceneSvg(
  { width, height, marks }: Scene,
  colour: (name: Colour) => string,
  title: string,
): string {
  const hatches = new Set<Colour>();
  for (const mark of marks) if (mark.kind === "rect" && mark.hatch === true) hatches.add(mark.fill);
  const patterns = [...hatches].map(
    (name) =>
      `<pattern id="${id(name)}" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M-1 1L1 -1M0 6L6 0M5 7L7 5" stroke="${colour(name)}"/></pattern>`,
  );
  const body = marks.map((mark) => element(mark, colour)).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${n(width)}" height="${n(height)}" viewBox="0 0 ${n(width)} ${n(height)}" font-family="system-ui, sans-serif">
<title>${escaped(title)}</title>
<defs>${patterns.join("")}</defs>
<rect width="100%" height="100%" fill="${colour("--ground")}"/>
${body}
</svg>
`;
}

function element(mark: Mark, colour: (name: Colour) => string): string {
  if (mark.kind === "rect") {
    const fill = mark.hatch === true ? `url(#${id(mark.fill)})` : colour(mark.fill);
    const alpha = mark.alpha === undefined ? "" : ` fill-opacity="${n(mark.alpha)}"`;
    const stroke =
      mark.stroke === undefined ? "" : ` stroke="${colour(mark.stroke)}" stroke-width="2"`;
    return `<rect x="${n(mark.x)}" y="${n(mark.y)}" width="${n(mark.w)}" height="${n(mark.h)}" fill="${fill}"${alpha}${stroke}/>`;
  }
  if (mark.kind === "text") {
    const bold = mark.bold === true ? ' font-weight="600"' : "";
    return `<text x="${n(mark.x)}" y="${n(mark.y)}" dy="0.35em" font-size="${mark.size}"${bold} text-anchor="${mark.anchor ?? "start"}" fill="${colour(mark.fill)}">${escaped(mark.text)}</text>`;
  }
  const dash = mark.dash === true ? ' stroke-dasharray="4 3"' : "";
  return `<line x1="${n(mark.x1)}" y1="${n(mark.y1)}" x2="${n(mark.x2)}" y2="${n(mark.y2)}" stroke="${colour(mark.stroke)}" stroke-width="${mark.width}"${dash}/>`;
}

const id = (name: Colour): string => `hatch${name}`;

function n(x: number): string {
  return String(Math.round(x * 100) / 100);
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
