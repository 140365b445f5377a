/** The kernels of one inference one after another, as wide as they take, by limiter. */
import { LIMITERS, type Limiter, type Prediction } from "../../gpu/types.ts";
import { limiterText, nodeText } from "../kernels.ts";
import { formatUs } from "../number.ts";
import { DARK, LIGHT, type Palette } from "../palette.ts";
import { type Child, h, replace } from "./dom.ts";
import { isDark, onThemeChange } from "./theme.ts";

let redraw: (() => void) | undefined;
onThemeChange(() => redraw?.());

/** @param onPick called with the position of the kernel that was clicked */
export function timeline(p: Prediction, onPick: (index: number) => void): Child {
  if (p.kernels.length === 0) return undefined;
  const ends: number[] = [];
  let total = 0;
  for (const k of p.kernels) {
    total += k.timeUs;
    ends.push(total);
  }
  const canvas = h("canvas", { "aria-hidden": "true" });
  const box = h(
    "div",
    {
      class: "timeline",
      role: "img",
      "aria-label": "Kernels over time; the table below has the same",
    },
    canvas,
  );
  const label = h("p", { class: "hint" }, hint(p, total));
  const draw = () => {
    const scale = window.devicePixelRatio || 1;
    const width = box.clientWidth;
    const height = box.clientHeight;
    if (width === 0) return;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const context = canvas.getContext("2d")!;
    context.scale(scale, scale);
    paint(context, p, ends, total, width, height, isDark() ? DARK : LIGHT);
  };
  redraw = draw;
  new ResizeObserver(draw).observe(box);
  const under = (event: MouseEvent): number => {
    const { left, width } = box.getBoundingClientRect();
    const at = ((event.clientX - left) / width) * total;
    return ends.findIndex((end) => end >= at);
  };
  box.addEventListener("click", (event) => onPick(under(event)));
  box.addEventListener("pointermove", (event) => {
    const index = under(event);
    const k = p.kernels[index];
    if (k)
      replace(
        label,
        h("strong", {}, `${index + 1} of ${p.kernels.length}: ${k.name}`),
        ` ${formatUs(k.timeUs)}, ${limiterText(k)}; ${nodeText(k.nodes)}`,
      );
  });
  box.addEventListener("pointerleave", () => replace(label, hint(p, total)));
  return [box, label];
}

function hint(p: Prediction, total: number): string {
  return `${p.kernels.length} kernels in order, ${formatUs(total)} of GPU time; coloured by limiter, filled as high as the SMs are. Point at one for its name; a click finds it in the table.`;
}

function paint(
  context: CanvasRenderingContext2D,
  p: Prediction,
  ends: readonly number[],
  total: number,
  width: number,
  height: number,
  palette: Palette,
): void {
  const patterns = new Map(
    LIMITERS.map((limiter) => [limiter, pattern(context, limiter, palette)] as const),
  );
  let last = 0;
  p.kernels.forEach((k, i) => {
    const next = (ends[i]! / total) * width;
    context.fillStyle = patterns.get(k.limiter)!;
    // Height tells the fill of the SMs; the full height stays visible as a paler shade.
    context.globalAlpha = 0.28;
    context.fillRect(last, 0, next - last, height);
    context.globalAlpha = 1;
    const filled = height * k.smUtilization;
    context.fillRect(last, height - filled, next - last, filled);
    if (next - last > 3) {
      context.fillStyle = palette.ground;
      context.fillRect(next - 0.5, 0, 0.5, height);
    }
    last = next;
  });
}

/** A texture for each limiter, for those who do not tell the colours apart. */
function pattern(
  context: CanvasRenderingContext2D,
  limiter: Limiter,
  palette: Palette,
): CanvasPattern | string {
  const colour = palette.limiters[limiter];
  if (limiter === "compute") return colour;
  const tile = new OffscreenCanvas(6, 6);
  const t = tile.getContext("2d")!;
  t.fillStyle = colour;
  t.fillRect(0, 0, 6, 6);
  t.strokeStyle = palette.ground;
  t.globalAlpha = 0.45;
  t.lineWidth = 1.2;
  t.beginPath();
  if (limiter === "tail") {
    for (const d of [-6, 0, 6]) {
      t.moveTo(d, 6);
      t.lineTo(d + 6, 0);
    }
  } else if (limiter === "memory") {
    t.moveTo(0, 3);
    t.lineTo(6, 3);
  } else {
    t.moveTo(3, 0);
    t.lineTo(3, 6);
  }
  t.stroke();
  return context.createPattern(tile, "repeat") ?? colour;
}
