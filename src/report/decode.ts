/** A report's data as the page and the static figures use it: columns decoded, rows classified. */
import { invariant } from "../base/errors.ts";
import { asCodes } from "./codes.ts";
import type { ReportData } from "./data.ts";
import { cellOf, type DataColumn, decodeColumn, type Scalar } from "./encode.ts";

export interface Measured {
  readonly name: string;
  readonly unit: string;
  /** Undefined: computed, but not an objective. */
  readonly goal: "minimize" | "maximize" | undefined;
  /** Inputs that one value is for, where more than one. */
  readonly batch?: number;
  readonly data: Float64Array;
}

export interface Trials {
  readonly count: number;
  readonly states: readonly string[];
  readonly design: readonly DataColumn[];
  /** Of the design: what names it; and what varies, with codes as labels. */
  readonly names: readonly DataColumn[];
  readonly parameters: readonly DataColumn[];
  /** Objectives first, in the study's order. */
  readonly measured: readonly Measured[];
  readonly objectives: readonly (Measured & { readonly goal: "minimize" | "maximize" })[];
  readonly onFront: Uint8Array;
}

export function decodeTrials(data: ReportData): Trials {
  const { count } = data.trials;
  const state = decodeColumn(data.trials.state, count);
  invariant(state.kind === "label", "trial states are labels");
  const values = new Map(
    data.trials.values.map((c) => {
      const column = decodeColumn(c, count);
      invariant(column.kind === "number", `value ${c.name} is not a number`);
      return [column.name, column.data] as const;
    }),
  );
  const objectives = data.objectives.map((o) => ({
    ...o,
    data: values.get(o.name) ?? new Float64Array(count).fill(Number.NaN),
  }));
  const named = new Set(data.objectives.map((o) => o.name));
  const others = [...values]
    .filter(([name]) => !named.has(name))
    .map(([name, column]): Measured => ({ name, unit: "", goal: undefined, data: column }));
  const design = data.trials.design.map((c) => decodeColumn(c, count));
  const isName = new Set(data.names);
  const onFront = new Uint8Array(count);
  for (const i of data.front) onFront[i] = 1;
  return {
    count,
    states: Array.from(state.data, (c) => String(state.labels[c] ?? "")),
    design,
    names: design.filter((c) => isName.has(c.name)),
    parameters: design.filter((c) => !isName.has(c.name)).map(asCodes),
    measured: [...objectives, ...others],
    objectives,
    onFront,
  };
}

/** What people call a design: its name in the table, text before numbers. */
export function nameOf({ names }: Pick<Trials, "names">, row: number): string | undefined {
  const column = names.find((c) => c.kind === "label") ?? names[0];
  const value = column && cellOf(column, row);
  return value === undefined ? undefined : String(value);
}

/** Parameters and names of a design that it has, in the space's order. */
export function designOf(trials: Trials, row: number): Record<string, Scalar> {
  const design: Record<string, Scalar> = {};
  for (const column of trials.design) {
    const value = cellOf(column, row);
    if (value !== undefined) design[column.name] = value;
  }
  return design;
}
