/** A scene as an SVG file: all of it, at the layout's own size. */
import type { Look } from "./look.ts";
import type { Ink } from "./paint.ts";
import type { Scene } from "./scene.ts";

const MARGIN = 16;

export function svgOf(scene: Scene, look: Look, ink: Ink): string {
  const { boxes, frames, points, starts } = scene;
  const [width, height] = [scene.width + 2 * MARGIN, scene.height + 2 * MARGIN].map(Math.ceil);
  const frameParts: string[] = [];
  const boxParts: string[] = [];
  const edges: string[] = [];
  for (let r = 0; r + 1 < starts.length; r++) {
    let path = "";
    for (let p = starts[r]!; p < starts[r + 1]!; p++) {
      const [x, y] = [n(points[2 * p]!), n(points[2 * p + 1]!)];
      if (p === starts[r]) path += `M${x} ${y}`;
      else if (points[2 * p - 2] === points[2 * p]) path += `V${y}`;
      else {
        const middle = n((points[2 * p - 1]! + points[2 * p + 1]!) / 2);
        path += `C${n(points[2 * p - 2]!)} ${middle} ${x} ${middle} ${x} ${y}`;
      }
    }
    edges.push(path);
  }
  for (let i = 0; i < frames.length; i++) {
    const [x, y, w, h] = [0, 1, 2, 3].map((k) => boxes[4 * i + k]!) as [
      number,
      number,
      number,
      number,
    ];
    const rect = `x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}"`;
    if (frames[i]) {
      const title = `${look.title[i]!.replace(/^\+ /, "")}  ${look.value[i]!}`;
      frameParts.push(
        `<rect ${rect} rx="8" fill="${ink.page}" stroke="${ink.line}"/>`,
        text(x + 10, y + 17, 10.5, ink.muted, title, "start", true),
      );
      continue;
    }
    const dash = look.gap[i] ? ' stroke-dasharray="5 4"' : "";
    boxParts.push(
      `<rect ${rect} rx="${h < 30 ? n(h / 2) : 6}" fill="${look.fill[i]}" stroke="${look.gap[i] ? ink.muted : ink.line}"${dash}/>`,
    );
    const fill = look.ink[i]!;
    if (h < 30) boxParts.push(text(x + w / 2, y + h / 2 + 4, 10.5, fill, look.title[i]!, "middle"));
    else
      boxParts.push(
        text(x + 9, y + 17.5, 12, fill, cut(look.title[i]!, 26), "start", true),
        text(x + 9, y + 33.5, 10.5, fill, cut(look.detail[i]!, 18), "start"),
        text(x + w - 9, y + 33.5, 10.5, fill, look.value[i]!, "end"),
      );
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" font-family="${escaped(ink.sans)}">`,
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="100%" height="100%" fill="${ink.ground}"/>`,
    ...frameParts,
    `<path d="${edges.join("")}" fill="none" stroke="${ink.edge}"/>`,
    ...boxParts,
    "</svg>",
  ].join("\n");
}

function text(
  x: number,
  y: number,
  size: number,
  fill: string,
  content: string,
  anchor: "start" | "middle" | "end",
  bold = false,
): string {
  if (content === "") return "";
  return `<text x="${n(x)}" y="${n(y)}" font-size="${size}" fill="${fill}" text-anchor="${anchor}"${bold ? ' font-weight="600"' : ""}>${escaped(content)}</text>`;
}

const n = (x: number) => String(Math.round(x * 10) / 10);
const cut = (s: string, length: number) => (s.length > length ? `${s.slice(0, length - 1)}…` : s);

function escaped(s: string): string {
  return printable(s)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** XML has no way to write control characters. */
const printable = (s: string) =>
  Array.from(s, (c) => (c >= " " || c === "\t" || c === "\n" ? c : "\ufffd")).join("");
