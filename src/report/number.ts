/** How numbers are written for people: on terminals, in reports and in the page. */

const THIN_GROUPS = /\B(?=(\d{3})+(?!\d))/g;

/** Thousands separated by commas, in the integer part only. */
function grouped(plain: string): string {
  const [whole = "", fraction] = plain.split(".");
  const digits = whole.replace(THIN_GROUPS, ",");
  return fraction === undefined ? digits : `${digits}.${fraction}`;
}

/** Decimals that show `digits` significant digits of a value as large as `magnitude`. */
export function decimalsFor(magnitude: number, digits: number): number {
  if (magnitude === 0 || !Number.isFinite(magnitude)) return 0;
  return Math.min(12, Math.max(0, digits - 1 - Math.floor(Math.log10(magnitude) + 1e-12)));
}

/** `1234567.891` with 1 decimal is `1,234,567.9`. */
export function formatFixed(x: number, decimals: number): string {
  if (!Number.isFinite(x)) return formatOdd(x);
  const text = Math.abs(x).toFixed(decimals);
  const sign = x < 0 && Number(text) !== 0 ? "-" : "";
  return sign + grouped(text);
}

/** At least `digits` significant digits; integers in full; an exponent only where it must be. */
export function formatNumber(x: number, digits = 4): string {
  if (!Number.isFinite(x)) return formatOdd(x);
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return x.toExponential(digits - 1);
  if (Number.isInteger(x)) return formatFixed(x, 0);
  const text = formatFixed(x, decimalsFor(size, digits));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/**
 * One way of writing all numbers of a column, so that decimal points stand below one another:
 * integers in full, others with `digits` significant digits of the largest. Where that would turn
 * a small value into zero, each value has its own decimals.
 */
export function columnFormat(values: Iterable<number>, digits = 4): (x: number) => string {
  let largest = 0;
  let smallest = Number.POSITIVE_INFINITY;
  let integers = true;
  for (const x of values) {
    if (!Number.isFinite(x)) continue;
    const size = Math.abs(x);
    if (!Number.isInteger(x)) integers = false;
    if (size > largest) largest = size;
    if (size > 0 && size < smallest) smallest = size;
  }
  if (integers && largest < 1e15) return (x) => formatFixed(x, 0);
  const decimals = decimalsFor(largest, digits);
  if (smallest < 10 ** -decimals || largest >= 1e15) return (x) => formatNumber(x, digits);
  return (x) => formatFixed(x, decimals);
}

const PREFIXES = ["", "k", "M", "G", "T", "P", "E"] as const;

/** With a decimal prefix: `formatSi(2.2e8, "MAC")` is `220 MMAC`. Below 1 there is no prefix. */
export function formatSi(x: number, unit = "", digits = 3): string {
  if (!Number.isFinite(x)) return formatOdd(x);
  let step = Math.min(
    PREFIXES.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.abs(x) || 1) / 3 + 1e-12)),
  );
  // 999.96 k would round to 1000 k.
  if (step < PREFIXES.length - 1 && Number((Math.abs(x) / 1000 ** step).toPrecision(digits)) >= 1e3)
    step++;
  const scaled = x / 1000 ** step;
  return `${formatNumber(Number(scaled.toPrecision(digits)), digits)} ${PREFIXES[step]}${unit}`.trimEnd();
}

/** 0.0423 is `4.2 %`; below 10 % one decimal. */
export function formatPercent(fraction: number): string {
  if (!Number.isFinite(fraction)) return formatOdd(fraction);
  const percent = fraction * 100;
  return `${formatFixed(percent, Math.abs(percent) < 9.95 && percent !== 0 ? 1 : 0)} %`;
}

/** A time with the unit that suits it: `413 µs`, `12.4 ms`, `3.2 s`. */
export function formatUs(us: number): string {
  if (!Number.isFinite(us)) return formatOdd(us);
  const size = Math.abs(us);
  const [scale, unit] = size < 1e3 ? [1, "µs"] : size < 1e6 ? [1e3, "ms"] : [1e6, "s"];
  return `${formatNumber(Number((us / scale).toPrecision(3)), 3)} ${unit}`;
}

/** A span of wall-clock time: `850 ms`, `12.3 s`, `4 min 10 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return formatOdd(ms);
  if (ms < 999.5) return `${formatFixed(ms, 0)} ms`;
  if (ms < 59_950) return `${formatFixed(ms / 1e3, 1)} s`;
  const seconds = Math.round(ms / 1e3);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function formatOdd(x: number): string {
  if (Number.isNaN(x)) return "–";
  return x > 0 ? "∞" : "-∞";
}
