/**
 * A network's time and MACs as a sum of small tables. A launch depends on the few choices that its
 * ports hold (a convolution on the one that makes its input and the one that makes its output), so
 * the whole is a factor graph, and the best option of every choice can be found exactly.
 */
import type { Choice } from "./choices.ts";
import type { WidthModel } from "./model.ts";

/** A sum of launches that depend on the same choices; tables in row-major order of `choices`. */
export interface Factor {
  /** Indices of choices, ascending. */
  readonly choices: readonly number[];
  readonly sizes: readonly number[];
  /** GPU time with gaps, microseconds. */
  readonly us: Float64Array;
  readonly value: Float64Array;
}

/** Options by choice. */
export type Assignment = readonly number[];

export interface Tables {
  readonly factors: readonly Factor[];
  /** Launches that no choice changes. */
  readonly restUs: number;
  readonly restMacs: number;
}

export function tablesOf(model: WidthModel, choices: readonly Choice[]): Tables {
  const choiceOf = new Map(choices.flatMap((c, i) => c.dims.map((d) => [d, i] as const)));
  const factors = new Map<string, Factor>();
  let restUs = 0;
  let restMacs = 0;
  const widths = [...model.widths];
  for (const { index, dims } of model.launches) {
    const involved = [...new Set(dims.flatMap((d) => choiceOf.get(d) ?? []))].sort((a, b) => a - b);
    if (involved.length === 0) {
      const launch = model.launch(index, model.widths);
      restUs += launch.gpuUs;
      restMacs += launch.macs;
      continue;
    }
    const factor = factorOf(factors, involved, choices);
    forEachAssignment(factor.sizes, (options, at) => {
      involved.forEach((c, i) => {
        setOption(widths, choices[c]!, options[i]!);
      });
      const launch = model.launch(index, widths);
      factor.us[at]! += launch.gpuUs;
      factor.value[at]! += launch.macs;
    });
    for (const c of involved) setOption(widths, choices[c]!, choices[c]!.current);
  }
  return { factors: [...factors.values()], restUs, restMacs };
}

/** The same times with another value: one number for each option of each choice. */
export function withValues(tables: Tables, values: readonly Float64Array[]): Tables {
  const unary = values.map(
    (value, i): Factor => ({
      choices: [i],
      sizes: [value.length],
      us: new Float64Array(value.length),
      value,
    }),
  );
  const timed = tables.factors.map((f) => ({ ...f, value: new Float64Array(f.us.length) }));
  return { factors: [...timed, ...unary], restUs: tables.restUs, restMacs: 0 };
}

function factorOf(
  factors: Map<string, Factor>,
  involved: readonly number[],
  choices: readonly Choice[],
): Factor {
  const key = involved.join();
  let factor = factors.get(key);
  if (factor === undefined) {
    const sizes = involved.map((c) => choices[c]!.options.length);
    const length = sizes.reduce((n, s) => n * s, 1);
    factor = {
      choices: involved,
      sizes,
      us: new Float64Array(length),
      value: new Float64Array(length),
    };
    factors.set(key, factor);
  }
  return factor;
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

/** Sum of a table over the factors. */
export function total(tables: Tables, of: "us" | "value", assignment: Assignment): number {
  let sum = of === "us" ? tables.restUs : tables.restMacs;
  for (const f of tables.factors) {
    let at = 0;
    for (let i = 0; i < f.choices.length; i++) at = at * f.sizes[i]! + assignment[f.choices[i]!]!;
    sum += f[of][at]!;
  }
  return sum;
}

function forEachAssignment(
  sizes: readonly number[],
  visit: (options: readonly number[], at: number) => void,
): void {
  const options = sizes.map(() => 0);
  const length = sizes.reduce((n, s) => n * s, 1);
  for (let at = 0; at < length; at++) {
    visit(options, at);
    for (let i = sizes.length - 1; i >= 0; i--) {
      options[i]!++;
      if (options[i]! < sizes[i]!) break;
      options[i] = 0;
    }
  }
}
