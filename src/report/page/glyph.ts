/**
 * A design at a glance: a cell for each parameter, in the space's order. Categories have a colour
 * and a height, numbers a bar between the least and the largest of the study.
 */
import { cellOf, type DataColumn, type Scalar } from "../encode.ts";
import { type Child, h } from "./dom.ts";
import type { Model } from "./model.ts";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 9;
const HEIGHT = 14;
/** Okabe & Ito's order, as classes of the style sheet; more categories share the last. */
export const CATEGORY_COLOURS = 8;
/** With more parameters the glyph says too little for its width. */
const MOST = 12;

export function hasGlyph(model: Model): boolean {
  const { length } = model.trials.parameters;
  return length > 0 && length <= MOST;
}

/** Most categories of a parameter that the legend names. */
const NAMED = 8;

/** What a glyph's bars stand for, in words and in colours. */
export function glyphLegend(model: Model): Child {
  if (!hasGlyph(model)) return undefined;
  const { parameters } = model.trials;
  const { front } = model;
  const names = parameters.map((c) => c.name).join(", ");
  const numeric = parameters.some((c) => c.kind === "number");
  const categories = new Map<string, number>();
  let unnamed = false;
  for (const column of parameters) {
    if (column.kind === "number") continue;
    const used = new Set(front.map((row) => cellOf(column, row)));
    categoryOrder(column).forEach((label, i) => {
      if (!used.has(label)) return;
      if (i < CATEGORY_COLOURS && categories.size < NAMED) categories.set(String(label), i);
      else if (!categories.has(String(label))) unnamed = true;
    });
  }
  return [
    h(
      "p",
      { class: "hint" },
      `Design, a bar for each parameter from left to right: ${names}.`,
      numeric ? " The taller, the larger." : undefined,
      meaningOfEdges(model),
    ),
    categories.size === 0
      ? undefined
      : h(
          "p",
          { class: "legend" },
          [...categories].map(([label, i]) => h("span", {}, h("i", { class: `cat${i}` }), label)),
          unnamed ? h("span", {}, "… and others") : undefined,
        ),
  ];
}

/** In NAS-Bench-201, `e13` is the operation on the cell's edge from node 1 to node 3. */
function meaningOfEdges(model: Model): string | undefined {
  const spec = model.data.study.spec as { readonly space?: { readonly kind?: unknown } } | null;
  if (spec?.space?.kind !== "nasbench201") return undefined;
  return " e01 is the operation on the cell's edge from node 0 to node 1, … e23 from node 2 to node 3.";
}

export function glyph(model: Model, row: number): SVGSVGElement | undefined {
  if (!hasGlyph(model)) return undefined;
  const design = model.trials.parameters;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", String(design.length * (WIDTH + 2)));
  svg.setAttribute("height", String(HEIGHT));
  svg.setAttribute("aria-hidden", "true");
  design.forEach((column, i) => {
    const cell = document.createElementNS(SVG, "rect");
    const { fraction, category } = place(column, row);
    const height = Math.max(2, Math.round(HEIGHT * fraction));
    cell.setAttribute("x", String(i * (WIDTH + 2)));
    cell.setAttribute("width", String(WIDTH));
    cell.setAttribute("y", String(HEIGHT - height));
    cell.setAttribute("height", String(height));
    cell.setAttribute("class", `cat${category}`);
    svg.appendChild(cell);
  });
  return svg;
}

function place(column: DataColumn, row: number): { fraction: number; category: number | "none" } {
  const value = cellOf(column, row);
  if (value === undefined) return { fraction: 0, category: "none" };
  if (column.kind === "label") {
    const order = categoryOrder(column);
    const at = order.indexOf(value);
    return {
      fraction: (at + 1) / order.length,
      category: Math.min(at, CATEGORY_COLOURS - 1),
    };
  }
  const [low, high] = rangeOf(column);
  return { fraction: high > low ? (Number(value) - low) / (high - low) : 1, category: 0 };
}

const ranges = new WeakMap<DataColumn, readonly [number, number]>();

function rangeOf(column: Extract<DataColumn, { kind: "number" }>): readonly [number, number] {
  let range = ranges.get(column);
  if (!range) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const x of column.data) {
      if (x < low) low = x;
      if (x > high) high = x;
    }
    range = [low, high];
    ranges.set(column, range);
  }
  return range;
}

const orders = new WeakMap<DataColumn, readonly Scalar[]>();

/** Labels sorted, so that a label looks the same in every column that has it. */
export function categoryOrder(column: Extract<DataColumn, { kind: "label" }>): readonly Scalar[] {
  let order = orders.get(column);
  if (!order) {
    order = [...column.labels].sort((a, b) =>
      String(a).localeCompare(String(b), "en", { numeric: true }),
    );
    orders.set(column, order);
  }
  return order;
}
