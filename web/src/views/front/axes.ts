/** What a study's trials can be drawn along: objectives, other values, design parameters, time. */
import type { ObjectiveInfo, StudyDetail } from "../../../../src/server/api/types.ts";
import type { Column, Scalar, TrialBlock } from "../../../../src/study/block.ts";

export interface Axis {
  /** In the address: a value's name, `design:NAME` of a parameter, `#trial`. */
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly role: "objective" | "value" | "design" | "trial";
  readonly goal?: ObjectiveInfo["goal"];
  /** By trial; NaN where it has none; of labels their index. */
  readonly data: Float64Array;
  readonly labels?: readonly Scalar[];
}

export const TRIAL = "#trial";

export function axesOf(study: Pick<StudyDetail, "objectives">, block: TrialBlock): Axis[] {
  const objectives = study.objectives.map(({ name, unit, goal }): Axis => {
    const column = block.values.find((c) => c.name === name);
    const data = column?.data ?? new Float64Array(block.count).fill(Number.NaN);
    return { id: name, label: name, unit, role: "objective", goal, data };
  });
  const others = block.values
    .filter(({ name }) => !study.objectives.some((o) => o.name === name))
    .map(({ name, data }): Axis => ({ id: name, label: name, unit: "", role: "value", data }));
  const count = new Float64Array(block.count);
  for (let i = 0; i < count.length; i++) count[i] = i;
  const numbers: Axis = { id: TRIAL, label: "trial", unit: "", role: "trial", data: count };
  return [...objectives, ...others, ...block.design.map(designAxis), numbers];
}

function designAxis(column: Column): Axis {
  const { name } = column;
  const head = { id: `design:${name}`, label: name, unit: "", role: "design" } as const;
  if (column.kind === "number") return { ...head, data: column.data };
  // In one order on all axes, whichever trial came first.
  const labels = column.labels.toSorted(byLabel);
  const place = column.labels.map((label) => labels.indexOf(label));
  let data: Float64Array | undefined;
  return {
    ...head,
    labels,
    // Most are never looked at one by one: made when they are.
    get data() {
      data ??= placed(column.data, place);
      return data;
    },
  };
}

function placed(codes: Int32Array, place: readonly number[]): Float64Array {
  const data = new Float64Array(codes.length);
  for (let i = 0; i < data.length; i++) data[i] = codes[i]! < 0 ? Number.NaN : place[codes[i]!]!;
  return data;
}

function byLabel(a: Scalar, b: Scalar): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [x, y] = [String(a), String(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

export const titleOf = ({ label, unit }: Pick<Axis, "label" | "unit">): string =>
  unit === "" ? label : `${label} (${unit})`;

/** With which way is better, for an axis of its own. */
export function axisTitle(axis: Axis): string {
  const better =
    axis.goal === undefined
      ? ""
      : axis.goal === "minimize"
        ? ", lower is better"
        : ", higher is better";
  return titleOf(axis) + better;
}

/** The axis' values in the direction that is minimised. */
export function minimised({ goal, data }: Axis): Float64Array {
  return goal === "maximize" ? data.map((x) => -x) : data;
}
