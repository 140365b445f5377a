/**
 * Parameters as numbers, for operators that work on vectors.
 *
 * A design is a vector of genes, one for each parameter in the order of declaration: the value
 * itself of a real or integer parameter, the index of a categorical value, 0 or 1 of a boolean,
 * NaN where a condition makes the parameter inactive. Designs and vectors correspond one to one.
 */
import type { Rng } from "../base/rng.ts";
import type { Parameter, Parameters, ParameterValue } from "./parameters.ts";
import type { Design } from "./types.ts";

export type Genes = number[];

/** One parameter, seen as a coordinate. */
export interface Axis {
  readonly name: string;
  readonly parameter: Parameter;
  /**
   * `real`: continuous. `grid`: equidistant values that have an order (integers, ordered
   * categories). `nominal`: values without order.
   */
  readonly kind: "real" | "grid" | "nominal";
  /** Gene of the lowest and the highest value. */
  readonly low: number;
  readonly high: number;
  /** Distance of neighbouring genes; 0 of a real axis. */
  readonly step: number;
  readonly log: boolean;
  /** Values; Infinity of a real axis whose bounds differ. */
  readonly count: number;
  /**
   * The interval that operators work in: the bounds, half a step wider at each end of a grid so
   * that every value owns an equal share, in logarithms where `log`.
   */
  readonly from: number;
  readonly to: number;
  /** Active where for every entry the gene of axis `parent` is in `genes`. */
  readonly conditions: readonly { readonly parent: number; readonly genes: ReadonlySet<number> }[];
}

export function axesOf(parameters: Parameters): readonly Axis[] {
  const axes: Axis[] = [];
  for (const [name, parameter] of Object.entries(parameters)) {
    const conditions = Object.entries(parameter.when ?? {}).map(([parentName, values]) => {
      const parent = axes.findIndex((a) => a.name === parentName);
      return { parent, genes: new Set(values.map((v) => geneOf(axes[parent]!, v))) };
    });
    axes.push({ name, parameter, conditions, ...coordinate(parameter) });
  }
  return axes;
}

function coordinate(parameter: Parameter): Omit<Axis, "name" | "parameter" | "conditions"> {
  switch (parameter.type) {
    case "categorical": {
      const kind = parameter.ordered === true ? "grid" : "nominal";
      return grid(kind, 0, parameter.values.length - 1, 1, false);
    }
    case "boolean":
      return grid("nominal", 0, 1, 1, false);
    case "integer":
      return grid("grid", parameter.low, parameter.high, parameter.step ?? 1, parameter.log);
    case "real": {
      const { low, high, log = false } = parameter;
      const count = low === high ? 1 : Number.POSITIVE_INFINITY;
      const from = log ? Math.log(low) : low + 0;
      const to = log ? Math.log(high) : high + 0;
      return { kind: "real", low: low + 0, high: high + 0, step: 0, log, count, from, to };
    }
  }
}

function grid(kind: "grid" | "nominal", low: number, high: number, step: number, log = false) {
  const count = (high - low) / step + 1;
  let from = low - step / 2;
  let to = high + step / 2;
  if (log) {
    // a step wider than 2 * low leaves no positive half step below it
    from = Math.log(from > 0 ? from : low / 2);
    to = Math.log(to);
  }
  return { kind, low: low + 0, high: high + 0, step, log, count, from, to };
}

/** Gene of a value that the parameter allows. */
export function geneOf(axis: Axis, value: ParameterValue): number {
  const { parameter } = axis;
  if (parameter.type === "categorical") return indexOf(parameter.values, value);
  // `+ 0` turns -0, which JSON does not keep, into 0
  return Number(value) + 0;
}

/** Up to here walking through the list is as quick as looking the value up. */
const SHORT_LIST = 32;
const indices = new WeakMap<readonly ParameterValue[], ReadonlyMap<ParameterValue, number>>();

/** A table's column may have as many categories as rows: a walk for each row is their square. */
function indexOf(values: readonly ParameterValue[], value: ParameterValue): number {
  if (values.length <= SHORT_LIST) return values.indexOf(value);
  let index = indices.get(values);
  if (index === undefined) {
    index = new Map(values.map((v, i) => [v, i]));
    indices.set(values, index);
  }
  return index.get(value) ?? -1;
}

export function valueAt(axis: Axis, gene: number): ParameterValue {
  const { parameter } = axis;
  if (parameter.type === "categorical") return parameter.values[gene]!;
  return parameter.type === "boolean" ? gene === 1 : gene;
}

export function isActive(axis: Axis, genes: readonly number[]): boolean {
  for (const { parent, genes: wanted } of axis.conditions) {
    // an inactive parent's gene is NaN, which no condition lists
    if (!wanted.has(genes[parent]!)) return false;
  }
  return true;
}

/** Uniform over the values of an axis, or over their logarithm. */
export function sampleGene(axis: Axis, rng: Rng): number {
  if (axis.count === 1) return axis.low;
  if (axis.kind !== "real" && !axis.log) return axis.low + axis.step * rng.int(axis.count);
  return toGene(axis, axis.from + rng.float() * (axis.to - axis.from));
}

/** The gene that owns the point `x` of the operators' interval. */
export function toGene(axis: Axis, x: number): number {
  const value = axis.log ? Math.exp(x) : x;
  if (axis.kind === "real") return Math.min(Math.max(value, axis.low), axis.high) + 0;
  const k = Math.round((value - axis.low) / axis.step);
  return axis.low + axis.step * Math.min(Math.max(k, 0), axis.count - 1);
}

/** The point of the operators' interval where a gene lies. */
export function fromGene(axis: Axis, gene: number): number {
  return axis.log ? Math.log(gene) : gene;
}

export function encode(axes: readonly Axis[], design: Design): Genes {
  return axes.map((axis) => {
    const value = design[axis.name];
    return value === undefined ? Number.NaN : geneOf(axis, value);
  });
}

/** A function, so that designs of one space share the shape of one object. */
export function decoder(axes: readonly Axis[]): (genes: Genes) => Design {
  const names = axes.map((a) => a.name);
  const plain = axes.every((a) => a.kind === "real" && a.conditions.length === 0);
  if (plain) {
    // copying an object and overwriting its numbers is several times faster than growing one
    const template = Object.fromEntries(names.map((name) => [name, 0.5]));
    return (genes) => {
      const design = { ...template };
      for (let i = 0; i < names.length; i++) design[names[i]!] = genes[i]!;
      return design;
    };
  }
  return (genes) => {
    const design: Record<string, ParameterValue> = {};
    for (let i = 0; i < axes.length; i++) {
      const gene = genes[i]!;
      if (!Number.isNaN(gene)) design[names[i]!] = valueAt(axes[i]!, gene);
    }
    return design;
  };
}
