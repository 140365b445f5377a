/**
 * A network's time, MACs, parameters and capacity as sums of small tables. A launch depends on the
 * few choices that its ports hold (a convolution on the one that makes its input and the one that
 * makes its output), so the whole is a factor graph, and the best option of every choice can be found
 * exactly.
 */
import type { Choice } from "./choices.ts";
import type { WidthModel } from "./model.ts";

/** What is summed over the launches besides their time. */
export const QUANTITIES = ["macs", "params", "capacity", "importance"] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** A sum of launches that depend on the same choices; tables in row-major order of `choices`. */
export interface Factor {
  /** Indices of choices, ascending. */
  readonly choices: readonly number[];
  readonly sizes: readonly number[];
  /** Absent: zeros. */
  readonly values: Readonly<Partial<Record<Quantity, Float64Array>>>;
  /** GPU time with gaps, microseconds. */
  readonly launches: readonly { readonly index: number; readonly us: Float64Array }[];
}

/** Options by choice. */
export type Assignment = readonly number[];

export interface Tables {
  readonly factors: readonly Factor[];
  /** Launches that no choice changes. */
  readonly rest: Readonly<Record<Quantity, number>>;
  readonly restLaunches: readonly { readonly index: number; readonly us: number }[];
}

/** One sum over all launches: a table for each factor (undefined: zeros), and what no choice changes. */
export interface Sum {
  readonly values: readonly (Float64Array | undefined)[];
  readonly rest: number;
}

export function tablesOf(model: WidthModel, choices: readonly Choice[]): Tables {
  const choiceOf = new Map(choices.flatMap((c, i) => c.dims.map((d) => [d, i] as const)));
  const factors = new Map<string, ReturnType<typeof emptyFactor>>();
  const rest = { macs: 0, params: 0, capacity: 0, importance: 0 };
  const restLaunches: { index: number; us: number }[] = [];
  const widths = [...model.widths];
  for (const { index, dims } of model.launches) {
    const involved = [...new Set(dims.flatMap((d) => choiceOf.get(d) ?? []))].sort((a, b) => a - b);
    if (involved.length === 0) {
      const launch = model.launch(index, model.widths);
      restLaunches.push({ index, us: launch.gpuUs });
      rest.macs += launch.macs;
      rest.params += launch.params;
      rest.capacity += model.capacities.of(index, launch.weights);
      continue;
    }
    const key = involved.join();
    let factor = factors.get(key);
    if (factor === undefined) {
      factor = emptyFactor(involved, choices);
      factors.set(key, factor);
    }
    const { macs, params, capacity } = factor.values;
    const us = new Float64Array(macs.length);
    forEachAssignment(factor.sizes, (options, at) => {
      involved.forEach((c, i) => {
        setOption(widths, choices[c]!, options[i]!);
      });
      const launch = model.launch(index, widths);
      us[at] = launch.gpuUs;
      macs[at]! += launch.macs;
      params[at]! += launch.params;
      capacity[at]! += model.capacities.of(index, launch.weights);
    });
    factor.launches.push({ index, us });
    for (const c of involved) setOption(widths, choices[c]!, choices[c]!.current);
  }
  return { factors: [...factors.values()], rest, restLaunches };
}

/** The same tables with one number more for each option of each choice. */
export function withImportance(tables: Tables, importance: readonly Float64Array[]): Tables {
  const unary = importance.map(
    (values, i): Factor => ({
      choices: [i],
      sizes: [values.length],
      values: { importance: values },
      launches: [],
    }),
  );
  return { ...tables, factors: [...tables.factors, ...unary] };
}

export function sumOf(tables: Tables, quantity: Quantity): Sum {
  return { values: tables.factors.map((f) => f.values[quantity]), rest: tables.rest[quantity] };
}

/** GPU time of the launches from one on, microseconds. */
export function usFrom(tables: Tables, first: number): Sum {
  const values = tables.factors.map(({ launches, sizes }) => {
    const late = launches.filter((l) => l.index >= first);
    if (late.length === 0) return undefined;
    const us = new Float64Array(entries(sizes));
    for (const launch of late) for (let i = 0; i < us.length; i++) us[i]! += launch.us[i]!;
    return us;
  });
  const rest = tables.restLaunches
    .filter((l) => l.index >= first)
    .reduce((sum, l) => sum + l.us, 0);
  return { values, rest };
}

export function total(tables: Tables, sum: Sum, assignment: Assignment): number {
  let all = sum.rest;
  tables.factors.forEach((factor, f) => {
    const values = sum.values[f];
    if (values !== undefined) all += values[entryOf(factor, assignment)]!;
  });
  return all;
}

export function entryOf({ choices, sizes }: Factor, assignment: Assignment): number {
  let at = 0;
  for (let i = 0; i < choices.length; i++) at = at * sizes[i]! + assignment[choices[i]!]!;
  return at;
}

export function entries(sizes: readonly number[]): number {
  return sizes.reduce((n, s) => n * s, 1);
}

export function setOption(widths: number[], choice: Choice, option: number): void {
  choice.dims.forEach((d, k) => {
    widths[d] = choice.options[option]![k]!;
  });
}

export function widthsOf(
  model: WidthModel,
  choices: readonly Choice[],
  assignment: Assignment,
): number[] {
  const widths = [...model.widths];
  choices.forEach((choice, i) => {
    setOption(widths, choice, assignment[i]!);
  });
  return widths;
}

function emptyFactor(involved: readonly number[], choices: readonly Choice[]) {
  const sizes = involved.map((c) => choices[c]!.options.length);
  const zeros = () => new Float64Array(entries(sizes));
  const launches: { index: number; us: Float64Array }[] = [];
  const values = { macs: zeros(), params: zeros(), capacity: zeros() };
  return { choices: involved, sizes, values, launches };
}

function forEachAssignment(
  sizes: readonly number[],
  visit: (options: readonly number[], at: number) => void,
): void {
  const options = sizes.map(() => 0);
  const length = entries(sizes);
  for (let at = 0; at < length; at++) {
    visit(options, at);
    for (let i = sizes.length - 1; i >= 0; i--) {
      options[i]!++;
      if (options[i]! < sizes[i]!) break;
      options[i] = 0;
    }
  }
}
