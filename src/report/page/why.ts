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
  const { design } = model.trials;
  const { front } = model;
  const all = completeRows(model.trials);
  const shown = design
    .map((column) => ({ column, buckets: bucketsOf(column, all) }))
    .filter(({ buckets }) => buckets.length > 1)
    .slice(0, MOST);
  if (shown.length === 0 || front.length < 2) return;
  byId("why-section").hidden = false;
  const share = (rows: readonly number[], bucket: Bucket) =>
    rows.reduce((n, row) => n + (bucket.has(row) ? 1 : 0), 0) / rows.length;
  replace(
    byId("why"),
    h(
      "p",
      { class: "hint" },
      `Thick bar: share of the ${formatNumber(front.length)} designs on the front. Thin bar: share of all ${formatNumber(all.length)}.`,
    ),
    h(
      "div",
      { class: "dists" },
      shown.map(({ column, buckets }) =>
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
        ),
      ),
    ),
  );
}

function bucketsOf(column: DataColumn, rows: readonly number[]): Bucket[] {
  if (column.kind === "label") {
    const used = new Set(rows.map((row) => cellOf(column, row)));
    return categoryOrder(column)
      .map((label, i) => ({
        label: String(label),
        colour: Math.min(i, CATEGORY_COLOURS - 1),
        present: used.has(label as string),
        has: (row: number) => cellOf(column, row) === label,
      }))
      .filter((bucket) => bucket.present)
      .slice(0, VALUES);
  }
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
