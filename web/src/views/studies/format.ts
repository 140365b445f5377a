/** Numbers and times as the studies' pages show them. */
import { formatNumber } from "../../../../src/report/number.ts";

export const count = (n: number) => n.toLocaleString("en");

export const withUnit = (x: number, unit: string) =>
  `${formatNumber(x, 5)}${unit === "" ? "" : ` ${unit}`}`;

/** `2026-11-29 19:22`, in the reader's time. */
export function dateTime(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (n: number) => String(n).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
