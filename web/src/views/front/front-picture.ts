/** The Front plot kept in step with its state: data, colours, view, marks, gestures. */
import { computed, effect, type ReadonlySignal } from "@preact/signals";
import { fromAxis } from "../../../../src/report/axis.ts";
import { formatNumber } from "../../../../src/report/number.ts";
import {
  limited,
  type Projection,
  pixelX,
  pixelY,
  type View,
} from "../../../../src/report/page/view.ts";
import { MARGIN } from "../../plots/axes-paint.ts";
import { scaleColour, themeColours } from "../../plots/colours.ts";
import { attachGestures, type Tool } from "../../plots/gestures.ts";
import { paintOf, paletteOf } from "../../plots/palette.ts";
import { type Corner, simplified } from "../../plots/polygon.ts";
import { Scatter } from "../../plots/scatter.ts";
import { shown as ground } from "../../theme.ts";
import { type Axis, axisTitle, titleOf } from "./axes.ts";
import {
  cornersOf,
  LEGEND,
  type LegendItem,
  labelItems,
  laidOut,
  MOST_MARKS,
  paintBrush,
  paintLegend,
  paintLine,
  paintMarks,
  paintRing,
  paintWater,
  steps,
} from "./marks.ts";
import { type ColourRange, colourRange } from "./ranges.ts";
import type { FrontState } from "./state.ts";

/** How near a trial must be to be picked, CSS pixels; what is on the front from a little further. */
const REACH = 10;
const FRONT_REACH = 16;
/** Corners of a lasso closer to its outline than this are left out, CSS pixels. */
const LASSO_TOLERANCE = 1.5;

export class FrontPicture {
  readonly scatter: Scatter;
  readonly #state: FrontState;
  readonly #ends: (() => void)[] = [];
  /** Of the third quantity, where it is a number. */
  readonly #colours: ReadonlySignal<ColourRange | undefined>;
  #brush: { readonly shape: "rect" | "lasso"; readonly corners: readonly Corner[] } | undefined;

  constructor(stage: HTMLElement, state: FrontState, tool: () => Tool) {
    this.#state = state;
    this.#colours = computed(() => {
      const axis = state.colour.value;
      return axis && axis.labels === undefined ? colourRange(axis.data) : undefined;
    });
    this.scatter = new Scatter(stage, (message) => {
      state.error.value = { message: `the plot cannot be painted: ${message}` };
      state.settled.value = true;
    });
    this.scatter.onSettled = () => {
      state.settled.value = true;
    };
    this.#ends.push(
      effect(() => this.#setData()),
      effect(() => this.scatter.setView(state.part.view.value ?? state.whole.value)),
      effect(() => this.#setMarks()),
      attachGestures(stage, {
        projection: () => this.scatter.projection(),
        tool,
        setView: (view) => this.setView(view),
        brush: (shape, corners, done) => this.#setBrush(shape, corners, done),
        hover: (at) => {
          state.hovered.value = at && this.#at(at);
        },
        pick: (at) => state.set({ pick: this.#at(at) }),
        step: (by) => this.#step(by),
        fit: () => state.set({ view: undefined }),
        clear: () => this.#clear(),
      }),
    );
  }

  close(): void {
    for (const end of this.#ends) end();
    this.scatter.close();
  }

  setView(view: View): void {
    this.#state.set({ view: limited(view, this.#state.whole.peek()) });
  }

  /** Where a trial stands, CSS pixels of the plot. */
  place(row: number): Corner {
    const { x, y } = this.#state;
    const p = this.scatter.projection();
    return [pixelX(p, x.peek().data[row]!), pixelY(p, y.peek().data[row]!)];
  }

  legend(): { readonly title: string; readonly items: readonly LegendItem[] } | undefined {
    const axis = this.#state.colour.peek();
    if (axis === undefined) return undefined;
    const colour = themeColours(this.scatter.canvas);
    if (axis.labels !== undefined) return { title: titleOf(axis), items: labelItems(axis, colour) };
    const { low, high, below, above } = this.#colours.value!;
    const stops = Array.from({ length: 9 }, (_, i) => scaleColour(i / 8, ground.peek()));
    const label = `${below ? "≤ " : ""}${formatNumber(low, 3)} to ${above ? "≥ " : ""}${formatNumber(high, 3)}`;
    return { title: titleOf(axis), items: [{ label, colours: stops }] };
  }

  #setData(): void {
    const { x, y, colour, kept, block, front, part } = this.#state;
    const axis = colour.value;
    const scale = this.#colours.value;
    const rows = front.value?.rows.length ?? 0;
    const paint = paintOf({
      states: block.value.states,
      kept: kept.value,
      colours: axis?.data,
      range: scale && [scale.low, scale.high],
      onFront: rows > MOST_MARKS && axis === undefined ? front.value?.onFront : undefined,
    });
    this.scatter.setData(
      {
        xs: x.value.data,
        ys: y.value.data,
        xKind: part.xKind.value,
        yKind: part.yKind.value,
        titles: { x: axisTitle(x.value), y: axisTitle(y.value) },
        paint,
      },
      paletteOf(themeColours(this.scatter.canvas), ground.value, axis?.labels !== undefined),
    );
  }

  #setMarks(): void {
    const { x, y, colour, kept, front, part, hovered } = this.#state;
    const [xAxis, yAxis, axis] = [x.value, y.value, colour.value];
    this.scatter.waiting = front.value === undefined;
    const rows = front.value?.rows ?? new Uint32Array(0);
    const corners = cornersOf(xAxis, yAxis, front.value);
    const marked = rows.length > MOST_MARKS ? [] : [...rows].filter((row) => kept.value[row] === 1);
    const [picked, over, region] = [part.pick.value, hovered.value, part.region.value];
    const scale = this.#colours.value;
    const theme = ground.value;
    const place = (p: Projection, row: number): Corner => [
      pixelX(p, xAxis.data[row]!),
      pixelY(p, yAxis.data[row]!),
    ];
    this.scatter.setOverlays(
      (context, p, css) =>
        paintWater(context, p, steps(p, xAxis, yAxis, corners), xAxis, yAxis, css),
      (context, p, css) => {
        const { box } = p;
        context.save();
        context.beginPath();
        context.rect(box.left, box.top - 5, box.right - box.left + 5, box.bottom - box.top + 5);
        context.clip();
        paintLine(context, steps(p, xAxis, yAxis, corners), css);
        const fill = (at: number) =>
          axis === undefined ? css("--front-fill") : fillOf(axis, scale, marked[at]!, theme, css);
        const inView = marked.map((row) => place(p, row));
        paintMarks(context, inView, fill, css);
        if (over !== undefined) paintRing(context, place(p, over), css("--ink"), 6);
        if (picked !== undefined) paintRing(context, place(p, picked), css("--picked"), 8);
        const brush = this.#brush ?? (region && onScreen(p, region));
        if (brush !== undefined) paintBrush(context, brush.shape, brush.corners, css);
        context.restore();
        const legend = this.legend();
        if (legend === undefined) return;
        const { fontFamily } = getComputedStyle(this.scatter.canvas);
        context.font = `12px ${fontFamily}`;
        const widthOf = (text: string) => context.measureText(text).width;
        const swatches = laidOut(legend.title, legend.items, box.left, box.right, widthOf);
        paintLegend(context, legend.title, swatches, box.left, css, fontFamily);
      },
      axis === undefined ? MARGIN.top : LEGEND,
    );
  }

  #at([px, py]: Corner): number | undefined {
    const { front, kept } = this.#state;
    const onFront = front.peek()?.onFront;
    const shown = kept.peek();
    return (
      this.scatter.nearest(
        px,
        py,
        FRONT_REACH,
        (row) => onFront?.[row] === 1 && shown[row] === 1,
      ) ?? this.scatter.nearest(px, py, REACH)
    );
  }

  #setBrush(shape: "rect" | "lasso", corners: readonly Corner[], done: boolean): void {
    this.#brush = done ? undefined : { shape, corners };
    this.scatter.request();
    if (!done || corners.length < (shape === "rect" ? 2 : 3)) return;
    const p = this.scatter.projection();
    const outline = shape === "rect" ? corners : simplified(corners, LASSO_TOLERANCE);
    if (shape === "lasso" && outline.length < 3) return;
    this.#state.set({
      region: { shape, corners: outline.map((corner) => valuesUnder(p, corner)) },
    });
  }

  /** Along the front from left to right. */
  #step(by: number): void {
    const { front, kept, x, part } = this.#state;
    const { data } = x.peek();
    const shown = kept.peek();
    const rows = [...(front.peek()?.rows ?? [])]
      .filter((row) => shown[row] === 1)
      .sort((a, b) => data[a]! - data[b]! || a - b);
    if (rows.length === 0) return;
    const picked = part.pick.peek();
    const at = picked === undefined ? -1 : rows.indexOf(picked);
    const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]!;
    this.#state.set({ pick: next });
    this.#bringIn(next);
  }

  /** Moves a view that leaves the trial out so that it stands in the middle. */
  #bringIn(row: number): void {
    const p = this.scatter.projection();
    const { box, view } = p;
    const [u, v] = this.place(row);
    if (u >= box.left && u <= box.right && v >= box.top && v <= box.bottom) return;
    const dx =
      ((u - (box.left + box.right) / 2) * (view.x[1] - view.x[0])) / (box.right - box.left);
    const dy =
      (((box.top + box.bottom) / 2 - v) * (view.y[1] - view.y[0])) / (box.bottom - box.top);
    this.setView({
      x: [view.x[0] + dx, view.x[1] + dx],
      y: [view.y[0] + dy, view.y[1] + dy],
    });
  }

  /** What was added last first: the region, then the pick. */
  #clear(): void {
    const { part } = this.#state;
    if (part.region.peek() !== undefined) this.#state.set({ region: undefined });
    else this.#state.set({ pick: undefined });
  }
}

function valuesUnder({ view, box, xAxis, yAxis }: Projection, [px, py]: Corner): Corner {
  const u = view.x[0] + ((px - box.left) / (box.right - box.left)) * (view.x[1] - view.x[0]);
  const v = view.y[0] + ((box.bottom - py) / (box.bottom - box.top)) * (view.y[1] - view.y[0]);
  return [fromAxis(xAxis, u), fromAxis(yAxis, v)];
}

const onScreen = (
  p: Projection,
  region: { shape: "rect" | "lasso"; corners: readonly Corner[] },
) => ({
  shape: region.shape,
  corners: region.corners.map(([x, y]): Corner => [pixelX(p, x), pixelY(p, y)]),
});

function fillOf(
  axis: Axis,
  scale: ColourRange | undefined,
  row: number,
  theme: "light" | "dark",
  css: (name: string) => string,
): string {
  const value = axis.data[row]!;
  if (Number.isNaN(value)) return css("--front-fill");
  if (axis.labels !== undefined) return css(`--cat${Math.min(7, value)}`);
  const { low, high } = scale ?? { low: 0, high: 1 };
  return scaleColour((value - low) / (high - low || 1), theme);
}
