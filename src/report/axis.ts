/** Linear and logarithmic axes: positions, ticks and their labels. */
import { formatFixed, formatNumber } from "./number.ts";

export type AxisKind = "linear" | "log";

/** To the coordinate in which the axis is uniform. NaN for what a log axis cannot show. */
export function toAxis(kind: AxisKind, x: number): number {
  return kind === "log" ? (x > 0 ? Math.log10(x) : Number.NaN) : x;
}

export function fromAxis(kind: AxisKind, u: number): number {
  return kind === "log" ? 10 ** u : u;
}

export interface Tick {
  /** In the axis' uniform coordinate. */
  readonly at: number;
  readonly label: string;
}

/** About `count` ticks at round values within [low, high], both in the uniform coordinate. */
export function ticks(kind: AxisKind, low: number, high: number, count: number): Tick[] {
  if (!(high > low)) return [];
  // A log axis that shows less than a factor of ten reads best with evenly spaced values.
  if (kind === "log" && high - low >= 1) return logTicks(low, high, count);
  const a = fromAxis(kind, low);
  const b = fromAxis(kind, high);
  const step = niceStep((b - a) / Math.max(1, count));
  const [scale, prefix] = scaleOf(Math.max(Math.abs(a), Math.abs(b)));
  const decimals = Math.max(0, -Math.floor(Math.log10(step / scale) + 1e-9));
  const out: Tick[] = [];
  for (let i = Math.ceil(a / step - 1e-9); i * step <= b + 1e-9 * step; i++) {
    const x = i * step;
    out.push({ at: toAxis(kind, x), label: formatFixed(x / scale, decimals) + prefix });
  }
  return out.filter((t) => Number.isFinite(t.at));
}

function logTicks(low: number, high: number, count: number): Tick[] {
  const decades = high - low;
  const mantissas = decades * 3 <= count * 1.5 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / count));
  const out: Tick[] = [];
  for (let e = Math.floor(low); e <= Math.ceil(high); e++) {
    if (mantissas.length === 1 && e % every !== 0) continue;
    for (const m of mantissas) {
      const x = m * 10 ** e;
      const at = Math.log10(x);
      if (at >= low - 1e-9 && at <= high + 1e-9) out.push({ at, label: compact(x) });
    }
  }
  return out;
}

/** A number in few characters: `950`, `25k`, `1.11M`. */
export function compact(x: number): string {
  const [scale, prefix] = scaleOf(Math.abs(x));
  if (scale > 1) return formatNumber(Number((x / scale).toPrecision(3))) + prefix;
  return Math.abs(x) >= 1 ? formatNumber(x, 3) : formatNumber(x, 3);
}

/** Labels of five digits and more would crowd the axis. */
function scaleOf(size: number): readonly [number, string] {
  if (size >= 1e9) return [1e9, "G"];
  if (size >= 1e6) return [1e6, "M"];
  return size >= 1e4 ? [1e3, "k"] : [1, ""];
}

/** Space for an upward axis' title and its widest label, pixels at a font size of 12. */
export function marginLeft(
  kind: AxisKind,
  [low, high]: readonly [number, number],
  height: number,
): number {
  const widest = ticks(kind, low, high, verticalTicks(height)).reduce(
    (w, t) => Math.max(w, t.label.length),
    4,
  );
  return 34 + 7.2 * widest;
}

export function verticalTicks(height: number): number {
  return Math.max(2, height / 68);
}

/** The round number (1, 2, 5 times a power of ten) nearest above `step`. */
export function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const lead = step / power;
  return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

/** The range of finite values, a little wider; in the uniform coordinate. */
export function extent(kind: AxisKind, values: Iterable<number>, margin = 0.04): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    const u = toAxis(kind, value);
    if (!Number.isFinite(u)) continue;
    if (u < low) low = u;
    if (u > high) high = u;
  }
  if (low > high) return [0, 1];
  const span = high - low || Math.abs(high) * 0.1 || 1;
  return [low - margin * span, high + margin * span];
}
