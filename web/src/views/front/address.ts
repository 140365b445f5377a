/** The view's state in the address and back. What cannot be read is as if it were not there. */
import type { AxisKind } from "../../../../src/report/axis.ts";
import type { View } from "../../../../src/report/page/view.ts";
import { TRIAL_STATES } from "../../../../src/study/block.ts";
import type { Corner } from "../../plots/polygon.ts";
import type { Range, Region } from "./filters.ts";

export interface Shown {
  /** Ids of axes; undefined: the study's first objectives. */
  readonly x: string | undefined;
  readonly y: string | undefined;
  /** Axis that colours the trials; "" for none. */
  readonly colour: string;
  readonly xKind: AxisKind;
  readonly yKind: AxisKind;
  /** Undefined: all trials, as more come. */
  readonly view: View | undefined;
  readonly states: readonly boolean[];
  readonly frontOnly: boolean;
  /** The front is that of the two plotted objectives, not of all of the study. */
  readonly plottedFront: boolean;
  readonly region: Region | undefined;
  readonly ranges: ReadonlyMap<string, Range>;
  readonly pick: number | undefined;
  /** Of the history: `volume`, or an objective's name. */
  readonly history: string;
}

type Query = Readonly<Record<string, string | undefined>>;

const kindOf = (text: string | undefined): AxisKind => (text === "log" ? "log" : "linear");
/** Enough to tell neighbouring pixels apart at the deepest zoom. */
const short = (x: number) => String(Number(x.toPrecision(12)));

export function readShown(query: Query): Shown {
  const states = query.states?.split(",");
  const pick = query.pick === undefined ? Number.NaN : Number(query.pick);
  return {
    x: query.x,
    y: query.y,
    colour: query.colour ?? "",
    xKind: kindOf(query.xs),
    yKind: kindOf(query.ys),
    view: viewOf(query.zoom),
    states: TRIAL_STATES.map((state) => states?.includes(state) ?? true),
    frontOnly: query.only === "front",
    plottedFront: query.front === "plotted",
    region: regionOf(query.region),
    ranges: rangesOf(query.ranges),
    pick: Number.isInteger(pick) && pick >= 0 ? pick : undefined,
    history: query.history ?? "volume",
  };
}

export function writeShown(shown: Shown): Record<string, string | undefined> {
  const { view, region, ranges } = shown;
  const all = shown.states.every(Boolean);
  return {
    x: shown.x,
    y: shown.y,
    colour: shown.colour || undefined,
    xs: shown.xKind === "log" ? "log" : undefined,
    ys: shown.yKind === "log" ? "log" : undefined,
    zoom: view && [...view.x, ...view.y].map(short).join(","),
    states: all ? undefined : TRIAL_STATES.filter((_, i) => shown.states[i]).join(","),
    only: shown.frontOnly ? "front" : undefined,
    front: shown.plottedFront ? "plotted" : undefined,
    region:
      region && `${region.shape}:${region.corners.map((c) => c.map(short).join(",")).join(";")}`,
    ranges:
      ranges.size === 0
        ? undefined
        : [...ranges]
            .map(([axis, range]) => [axis, ...endsOf(range)].map(coded).join("~"))
            .join("|"),
    pick: shown.pick === undefined ? undefined : String(shown.pick),
    history: shown.history === "volume" ? undefined : shown.history,
  };
}

function numbers(text: string): number[] {
  return text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
}

function viewOf(text: string | undefined): View | undefined {
  if (text === undefined) return undefined;
  const [x0, x1, y0, y1, ...rest] = numbers(text) as [number, number, number, number];
  const whole = [x0, x1, y0, y1].every(Number.isFinite) && rest.length === 0;
  return whole && x1 > x0 && y1 > y0 ? { x: [x0, x1], y: [y0, y1] } : undefined;
}

function regionOf(text: string | undefined): Region | undefined {
  const [, shape, list] = /^(rect|lasso):(.+)$/.exec(text ?? "") ?? [];
  if (list === undefined) return undefined;
  const corners = list.split(";").map(numbers);
  const good = corners.every((c) => c.length === 2 && c.every(Number.isFinite));
  if (!good || corners.length < (shape === "rect" ? 2 : 3)) return undefined;
  return { shape: shape as Region["shape"], corners: corners as unknown as Corner[] };
}

/** `axis~low~high` of numbers, `axis~=~label~label` of labels. */
function endsOf(range: Range): string[] {
  return "labels" in range ? ["=", ...range.labels] : [short(range.low), short(range.high)];
}

const coded = (text: string) => encodeURIComponent(text).replaceAll("~", "%7E");

function rangesOf(text: string | undefined): Map<string, Range> {
  const found = new Map<string, Range>();
  for (const part of text?.split("|") ?? []) {
    const [axis, ...ends] = part.split("~").map(decoded);
    if (axis === undefined || axis === "") continue;
    if (ends[0] === "=") found.set(axis, { labels: ends.slice(1) });
    else {
      const [low = Number.NaN, high = Number.NaN] = ends.map((end) => Number(end || Number.NaN));
      if (low <= high) found.set(axis, { low, high });
    }
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
