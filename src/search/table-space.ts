/** A space given by a list of designs: measured networks, the rows of a table. */
import { invariant, UserError } from "../base/errors.ts";
import type { Rng } from "../base/rng.ts";
import { type Axis, axesOf, encode, type Genes } from "./axes.ts";
import type { Parameter, Parameters, ParameterValue } from "./parameters.ts";
import type { Design, Space } from "./types.ts";
import { crossover, moveGene } from "./variation.ts";

export interface TableSpace extends Space {
  /** The row of a design in the list given. */
  indexOf(design: Design): number;
}

/**
 * The space of exactly these designs. Variation works on the columns (numbers as coordinates
 * between the column's extremes, anything else as values without order) and snaps to the nearest
 * row by Gower's distance: the mean over the columns of |difference| / range for numbers and of
 * 0 or 1 otherwise; a column that one of the two lacks counts 1.
 *
 * Throws `UserError` where the list is empty, or a design is there twice or has a number that is
 * not finite.
 *
 * @param columns names in order; default: all that occur
 */
export function tableSpace(rows: readonly Design[], columns?: readonly string[]): TableSpace {
  const names = columns ?? [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (rows.length === 0) throw wrong("the table has no rows", "give it at least one design");
  const axes = axesOf(columnParameters(names, rows));
  const indices = new Map<string, number>();
  rows.forEach((row, i) => {
    const key = keyOf(names, row);
    const first = indices.get(key);
    if (first !== undefined) {
      throw wrong(
        `rows ${first} and ${i} are the same design: ${describeRow(row)}`,
        "merge them, or make a column that tells them apart a parameter",
      );
    }
    indices.set(key, i);
  });
  const genes = rows.map((row) => encode(axes, row));
  const cross = crossover(axes);

  /** The row nearest to `target`, ties at random; never row `except`. */
  const nearest = (target: Genes, rng: Rng, except = -1): number => {
    let least = Number.POSITIVE_INFINITY;
    let ties: number[] = [];
    for (let i = 0; i < genes.length; i++) {
      if (i === except) continue;
      const d = distance(axes, genes[i]!, target, least);
      if (d > least) continue;
      if (d < least) ties = [];
      least = d;
      ties.push(i);
    }
    return ties.length === 1 ? ties[0]! : rng.pick(ties);
  };
  const indexOf = (design: Design) => {
    const i = indices.get(keyOf(names, design));
    invariant(i !== undefined, `no row is ${describeRow(design)}`);
    return i;
  };

  return {
    size: rows.length,
    at: (i) => rows[i]!,
    indexOf,
    sample: (rng) => rows[rng.int(rows.length)]!,
    mutate(design, rng) {
      if (rows.length === 1) return design;
      const from = indexOf(design);
      const target = genes[from]!.slice();
      const movable = axes.flatMap((a, k) => (a.count > 1 && !Number.isNaN(target[k]) ? [k] : []));
      if (movable.length > 0) {
        const k = rng.pick(movable);
        target[k] = moveGene(axes[k]!, target[k]!, rng);
      }
      return rows[nearest(target, rng, from)]!;
    },
    crossover(a, b, rng) {
      const x = genes[indexOf(a)]!.slice();
      const y = genes[indexOf(b)]!.slice();
      cross(x, y, rng);
      return [rows[nearest(x, rng)]!, rows[nearest(y, rng)]!];
    },
    key: (design) => keyOf(names, design),
    check(design) {
      const unknown = Object.keys(design).find((name) => !names.includes(name));
      if (unknown !== undefined) {
        throw wrong(
          `unknown parameter "${unknown}" = ${design[unknown]}`,
          `use ${names.join(", ")}`,
        );
      }
      if (!indices.has(keyOf(names, design))) {
        throw wrong(`no row of the table is ${describeRow(design)}`, "choose one of its designs");
      }
    },
    describe: describeRow,
  };
}

/** A column of numbers is real between its extremes; any other is categorical. */
function columnParameters(names: readonly string[], rows: readonly Design[]): Parameters {
  return Object.fromEntries(
    names.map((name): [string, Parameter] => {
      const values = new Set<ParameterValue>();
      rows.forEach((row, i) => {
        const value = row[name];
        if (value === undefined) return;
        if (typeof value === "number" && !Number.isFinite(value)) {
          throw wrong(`column ${name}, row ${i}: ${value} is not finite`, "drop the row");
        }
        values.add(value);
      });
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (const value of values) {
        if (typeof value !== "number") return [name, { type: "categorical", values: [...values] }];
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      return [name, { type: "real", low, high }];
    }),
  );
}

/** Sum over the columns, at most the number of columns; gives up above `limit`. */
function distance(axes: readonly Axis[], a: Genes, b: Genes, limit: number): number {
  let total = 0;
  for (let k = 0; k < axes.length && total <= limit; k++) {
    const x = a[k]!;
    const y = b[k]!;
    if (x === y) continue;
    if (Number.isNaN(x) || Number.isNaN(y)) total += Number.isNaN(x) === Number.isNaN(y) ? 0 : 1;
    else total += axes[k]!.kind === "real" ? Math.abs(x - y) / (axes[k]!.high - axes[k]!.low) : 1;
  }
  return total;
}

function keyOf(names: readonly string[], design: Design): string {
  return JSON.stringify(names.map((name) => design[name] ?? null));
}

function describeRow(design: Design): string {
  return Object.entries(design)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

function wrong(message: string, hint: string): UserError {
  return new UserError(message, { hint, exitCode: 2 });
}
