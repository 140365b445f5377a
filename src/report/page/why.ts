/**
 * What the front's designs have in common: for every parameter, how often each value occurs on the
 * front and among all designs.
 */
import { compact } from "../axis.ts";
import { cellOf, type DataColumn } from "../encode.ts";
import { completeRows } from "../front-svg.ts";
import { formatNumber, formatPercent } from "../number.ts";
import { byId, h, replace } from "./dom.ts";
import { CATEGORY_COLOURS, categoryOrder } from "./glyph.ts";
import type { Model } from "./model.ts";

/** Parameters shown; more would be a wall. */
const MOST = 24;
/** Intervals of a numeric parameter with many values. */
const BINS = 8;
/** Values of a parameter that get a row of their own. */
const VALUES = 12;

interface Bucket {
  readonly label: string;
  readonly colour: number;
  has(row: number): boolean;
}

export function createWhy(model: Model): void {
  const { parameters } = model.trials;
  const { front } = model;
  const all = completeRows(model.trials);
  const shown = parameters
    .map((column) => ({ column, ...bucketsOf(column, all, front) }))
    .filter(({ buckets }) => buckets.length > 1);
  if (shown.length === 0 || front.length < 2) return;
  byId("why-section").hidden = false;
  replace(
    byId("why"),
    h(
      "p",
      { class: "hint" },
      `Thick bar: share of the ${formatNumber(front.length)} designs on the front. Thin bar: share of all ${formatNumber(all.length)}.${shown.length > MOST ? ` The first ${MOST} of ${shown.length} parameters.` : ""}`,
    ),
    h(
      "div",
      { class: "dists" },
      shown.slice(0, MOST).map(({ column, buckets, left }) =>
        h(
          "div",
          { class: "dist" },
          h("h3", {}, column.name),
          buckets.map((bucket) => {
            const onFront = share(front, bucket);
            const overall = share(all, bucket);
            const thick = h("i", { class: `of-front cat${bucket.colour}` });
            const thin = h("i", { class: "of-all" });
            thick.style.width = `${100 * onFront}%`;
            thin.style.width = `${100 * overall}%`;
            return h(
              "div",
              {
                class: "row",
                title: `${bucket.label}: ${formatPercent(onFront)} of the front, ${formatPercent(overall)} of all`,
              },
              h("span", {}, bucket.label),
              h("span", { class: "track" }, thin, thick),
              h("span", { class: "number" }, formatPercent(onFront)),
            );
          }),
          left === 0
            ? undefined
            : h("p", { class: "hint" }, `and ${left} values that are rarer on the front`),
        ),
      ),
    ),
  );
}

function share(rows: readonly number[], bucket: Bucket): number {
  return rows.reduce((n, row) => n + (bucket.has(row) ? 1 : 0), 0) / rows.length;
}

/** What a parameter's values are counted in; `left` values have no bucket. */
function bucketsOf(
  column: DataColumn,
  rows: readonly number[],
  front: readonly number[],
): { readonly buckets: Bucket[]; readonly left: number } {
  if (column.kind === "number") return { buckets: numberBuckets(column, rows), left: 0 };
  const used = new Set(rows.map((row) => cellOf(column, row)));
  const buckets = categoryOrder(column).flatMap((label, i) =>
    used.has(label)
      ? [
          {
            label: String(label),
            colour: Math.min(i, CATEGORY_COLOURS - 1),
            has: (row: number) => cellOf(column, row) === label,
          },
        ]
      : [],
  );
  if (buckets.length <= VALUES) return { buckets, left: 0 };
  const common = new Map(buckets.map((bucket) => [bucket, share(front, bucket)]));
  buckets.sort((a, b) => common.get(b)! - common.get(a)!);
  return { buckets: buckets.slice(0, VALUES), left: buckets.length - VALUES };
}

function numberBuckets(
  column: Extract<DataColumn, { kind: "number" }>,
  rows: readonly number[],
): Bucket[] {
  const { data } = column;
  const values = [...new Set(rows.map((row) => data[row]!))]
    .filter((x) => !Number.isNaN(x))
    .sort((a, b) => a - b);
  if (values.length <= VALUES)
    return values.map((value) => ({
      label: formatNumber(value),
      colour: 0,
      has: (row) => data[row] === value,
    }));
  const low = values[0]!;
  const width = (values.at(-1)! - low) / BINS;
  const bin = (row: number) => Math.min(BINS - 1, Math.floor((data[row]! - low) / width));
  return Array.from({ length: BINS }, (_, i) => ({
    label: `${compact(low + i * width)} to ${compact(low + (i + 1) * width)}`,
    colour: 0,
    has: (row) => bin(row) === i,
  }));
}
