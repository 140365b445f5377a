/** The ranges of the parallel axes as fields: for the keyboard, and for exact bounds. */
import { type Axis, titleOf } from "./axes.ts";
import type { Range } from "./filters.ts";
import { laneAxes } from "./parallel-layout.ts";
import { rangeOf } from "./ranges.ts";
import type { FrontState } from "./state.ts";

export function RangeTable({ state }: { readonly state: FrontState }) {
  const set = (id: string, range: Range | undefined) => {
    const next = new Map(state.part.ranges.peek());
    if (range === undefined) next.delete(id);
    else next.set(id, range);
    state.set({ ranges: next });
  };
  return (
    <details class="ranges">
      <summary>Ranges as fields</summary>
      <div class="range-fields">
        {laneAxes(state.axes.value).map((axis) => (
          <fieldset key={axis.id}>
            <legend>{titleOf(axis)}</legend>
            <Fields
              axis={axis}
              range={state.part.ranges.value.get(axis.id)}
              set={(range) => set(axis.id, range)}
            />
          </fieldset>
        ))}
      </div>
    </details>
  );
}

interface FieldsProps {
  readonly axis: Axis;
  readonly range: Range | undefined;
  readonly set: (range: Range | undefined) => void;
}

function Fields({ axis, range, set }: FieldsProps) {
  return axis.labels === undefined ? (
    <Bounds axis={axis} range={range} set={set} />
  ) : (
    <Labels axis={axis} range={range} set={set} />
  );
}

function Bounds({ axis, range, set }: FieldsProps) {
  const [low, high] = rangeOf(axis.data);
  const now = range !== undefined && "low" in range ? range : undefined;
  const change = (end: "low" | "high", text: string) => {
    const value = text === "" ? { low, high }[end] : Number(text);
    if (Number.isNaN(value)) return;
    const next = { low, high, ...now, [end]: value };
    const ordered = { low: Math.min(next.low, next.high), high: Math.max(next.low, next.high) };
    set(ordered.low <= low && ordered.high >= high ? undefined : ordered);
  };
  return (["low", "high"] as const).map((end) => (
    <label key={end}>
      <span class="hidden">{axis.label} </span>
      {end === "low" ? "from" : "to"}{" "}
      <input
        type="number"
        step="any"
        placeholder={(end === "low" ? low : high).toPrecision(4)}
        value={now?.[end] ?? ""}
        onChange={({ currentTarget }) => change(end, currentTarget.value)}
      />
    </label>
  ));
}

function Labels({ axis, range, set }: FieldsProps) {
  const all = (axis.labels ?? []).map(String);
  const kept = range !== undefined && "labels" in range ? range.labels : all;
  const toggle = (label: string, on: boolean) => {
    const next = all.filter((each) => (each === label ? on : kept.includes(each)));
    set(next.length === all.length ? undefined : { labels: next });
  };
  return all.map((label) => (
    <label key={label}>
      <input
        type="checkbox"
        checked={kept.includes(label)}
        onChange={({ currentTarget }) => toggle(label, currentTarget.checked)}
      />{" "}
      {label}
    </label>
  ));
}
