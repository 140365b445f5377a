/** Every trial of a study as CSV or JSON. What is written here reads back as a table space. */
import type { Json } from "../base/json.ts";
import { cell, type Scalar, TRIAL_STATES, type TrialBlock, trialAt } from "./block.ts";

/** Lines of CSV (RFC 4180, LF): trial, state, parameters, values, error. Blank: there is none. */
export function* exportCsv(block: TrialBlock): Generator<string> {
  const values = new Set(block.values.map((column) => column.name));
  // A bounded parameter of a table is a value too; it is one column.
  const columns = [...block.design.filter((c) => !values.has(c.name)), ...block.values];
  const withErrors = block.errors.size > 0;
  const head = ["trial", "state", ...columns.map((column) => column.name)];
  yield line(withErrors ? [...head, "error"] : head);
  for (let i = 0; i < block.count; i++) {
    const row = [i, TRIAL_STATES[block.states[i]!]!, ...columns.map((column) => cell(column, i))];
    yield line(withErrors ? [...row, block.errors.get(i)] : row);
  }
}

function line(cells: readonly (Scalar | undefined)[]): string {
  return `${cells.map(field).join(",")}\n`;
}

function field(value: Scalar | undefined): string {
  if (value === undefined) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The trials as a list of flat records; a key is absent where there is no value. */
export function exportJson(block: TrialBlock): Json {
  return Array.from({ length: block.count }, (_, i): Json => {
    const { number, state, design, values, error } = trialAt(block, i);
    return {
      trial: number,
      state,
      ...design,
      ...values,
      ...(error === undefined ? {} : { error }),
    };
  });
}
