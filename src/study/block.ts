/**
 * Trials by column: what the store keeps and what the front, the report and the export read.
 *
 * A study of 100,000 trials is a handful of typed arrays here, not 100,000 objects.
 */
import { invariant } from "../base/errors.ts";
import type { Design } from "../search/types.ts";
import type { Trial, TrialState, Values } from "./types.ts";

/** States by the code that columns hold. The order is part of the store's format: append only. */
export const TRIAL_STATES: readonly TrialState[] = ["complete", "infeasible", "pruned", "failed"];

export type Scalar = number | string | boolean;

/** Numbers, NaN where a trial has none; or labels by index, -1 where a trial has none. */
export type Column =
  | { readonly kind: "number"; readonly name: string; readonly data: Float64Array }
  | {
      readonly kind: "label";
      readonly name: string;
      readonly labels: readonly Scalar[];
      readonly data: Int32Array;
    };

export interface TrialBlock {
  readonly count: number;
  /** Index into `TRIAL_STATES`. */
  readonly states: Uint8Array;
  readonly design: readonly Column[];
  readonly values: readonly Extract<Column, { kind: "number" }>[];
  /** Why a trial failed, by its row. */
  readonly errors: ReadonlyMap<number, string>;
}

export type TrialRow = Omit<Trial, "number">;

export const EMPTY_BLOCK: TrialBlock = {
  count: 0,
  states: new Uint8Array(0),
  design: [],
  values: [],
  errors: new Map(),
};

export function blockOf(rows: readonly TrialRow[]): TrialBlock {
  const errors = new Map<number, string>();
  rows.forEach((row, i) => {
    if (row.error !== undefined) errors.set(i, row.error);
  });
  return {
    count: rows.length,
    states: Uint8Array.from(rows, (row) => {
      const code = TRIAL_STATES.indexOf(row.state);
      invariant(code >= 0, `unknown trial state ${row.state}`);
      return code;
    }),
    design: columnsOf(rows.map((row) => row.design)),
    values: columnsOf(rows.map((row) => row.values)).map((column) => {
      invariant(column.kind === "number", `value ${column.name} is not a number`);
      return column;
    }),
    errors,
  };
}

function columnsOf(records: readonly Readonly<Record<string, Scalar>>[]): Column[] {
  const names = new Set<string>();
  for (const record of records) for (const name in record) names.add(name);
  return [...names].map((name) =>
    columnOf(
      name,
      records.map((record) => (Object.hasOwn(record, name) ? record[name] : undefined)),
    ),
  );
}

/** A column of scalars; undefined where a row has none. NaN is not a scalar here. */
export function columnOf(name: string, cells: readonly (Scalar | undefined)[]): Column {
  if (cells.every((cell) => cell === undefined || typeof cell === "number"))
    return { kind: "number", name, data: Float64Array.from(cells, (cell) => cell ?? Number.NaN) };
  const index = new Map<Scalar, number>();
  const labels: Scalar[] = [];
  const data = Int32Array.from(cells, (cell) => {
    if (cell === undefined) return -1;
    let at = index.get(cell);
    if (at === undefined) {
      at = labels.length;
      index.set(cell, at);
      labels.push(cell);
    }
    return at;
  });
  return { kind: "label", name, labels, data };
}

/** The scalar in row `i`; undefined where there is none. */
export function cell(column: Column, i: number): Scalar | undefined {
  if (column.kind === "label") return column.labels[column.data[i]!];
  const x = column.data[i]!;
  return Number.isNaN(x) ? undefined : x;
}

export function concatBlocks(blocks: readonly TrialBlock[]): TrialBlock {
  if (blocks.length === 1) return blocks[0]!;
  const count = blocks.reduce((n, block) => n + block.count, 0);
  const states = new Uint8Array(count);
  const errors = new Map<number, string>();
  let at = 0;
  for (const block of blocks) {
    states.set(block.states, at);
    for (const [row, why] of block.errors) errors.set(at + row, why);
    at += block.count;
  }
  return {
    count,
    states,
    design: concatColumns(blocks, "design"),
    values: concatColumns(blocks, "values") as TrialBlock["values"],
    errors,
  };
}

/** Rows `from` to `to` (exclusive), sharing the block's memory. */
export function sliceBlock(block: TrialBlock, from: number, to = block.count): TrialBlock {
  const end = Math.min(to, block.count);
  const begin = Math.min(Math.max(from, 0), end);
  if (begin === 0 && end === block.count) return block;
  const cut = <C extends Column>(column: C): C => ({
    ...column,
    data: column.data.subarray(begin, end),
  });
  return {
    count: end - begin,
    states: block.states.subarray(begin, end),
    design: block.design.map(cut),
    values: block.values.map(cut),
    errors: new Map(
      [...block.errors]
        .filter(([row]) => row >= begin && row < end)
        .map(([row, why]) => [row - begin, why]),
    ),
  };
}

function concatColumns(blocks: readonly TrialBlock[], role: "design" | "values"): Column[] {
  const names = new Set<string>();
  for (const block of blocks) for (const column of block[role]) names.add(column.name);
  return [...names].map((name) => {
    const parts = blocks.map((block) => ({
      count: block.count,
      column: block[role].find((column) => column.name === name),
    }));
    const numeric = parts.every(({ column }) => column?.kind !== "label");
    return numeric ? concatNumbers(name, parts) : concatLabels(name, parts);
  });
}

type Part = { readonly count: number; readonly column: Column | undefined };

function concatNumbers(name: string, parts: readonly Part[]): Column {
  const data = new Float64Array(parts.reduce((n, part) => n + part.count, 0)).fill(Number.NaN);
  let at = 0;
  for (const { count, column } of parts) {
    if (column) data.set(column.data, at);
    at += count;
  }
  return { kind: "number", name, data };
}

function concatLabels(name: string, parts: readonly Part[]): Column {
  const data = new Int32Array(parts.reduce((n, part) => n + part.count, 0)).fill(-1);
  const labels: Scalar[] = [];
  const index = new Map<Scalar, number>();
  const indexOf = (label: Scalar) => {
    let i = index.get(label);
    if (i === undefined) {
      i = labels.length;
      index.set(label, i);
      labels.push(label);
    }
    return i;
  };
  let at = 0;
  for (const { count, column } of parts) {
    if (column?.kind === "label") {
      const translated = column.labels.map(indexOf);
      for (let i = 0; i < count; i++) {
        const old = column.data[i]!;
        if (old >= 0) data[at + i] = translated[old]!;
      }
    } else if (column) {
      for (let i = 0; i < count; i++) {
        const x = column.data[i]!;
        if (!Number.isNaN(x)) data[at + i] = indexOf(x);
      }
    }
    at += count;
  }
  return { kind: "label", name, labels, data };
}

export function designAt(block: TrialBlock, i: number): Design {
  const design: Record<string, Scalar> = {};
  for (const column of block.design) {
    const value = cell(column, i);
    if (value !== undefined) design[column.name] = value;
  }
  return design;
}

export function valuesAt(block: TrialBlock, i: number): Values {
  const values: Record<string, number> = {};
  for (const column of block.values) {
    const value = column.data[i]!;
    if (!Number.isNaN(value)) values[column.name] = value;
  }
  return values;
}

export function trialAt(block: TrialBlock, i: number): Trial {
  const error = block.errors.get(i);
  return {
    number: i,
    state: TRIAL_STATES[block.states[i]!]!,
    design: designAt(block, i),
    values: valuesAt(block, i),
    ...(error === undefined ? {} : { error }),
  };
}
