import type { Json } from "../base/json.ts";

/** One column of a listing: the same value serves the terminal, JSON and CSV. */
export interface Column<Row> {
  /** Key in JSON and header in CSV. Units belong in it (`latencyMs`). */
  readonly key: string;
  /** Header on a terminal; the key where absent. */
  readonly label?: string;
  /** Shown in the header of a terminal's table, e.g. `ms`. */
  readonly unit?: string;
  /** Undefined: this row has no such value (an empty cell, no key in JSON). */
  value(row: Row): Json | undefined;
  /** How the terminal shows it, where the default does not do. */
  text?(row: Row): string;
  /** Significant digits of numbers on a terminal; 4 where absent. */
  readonly digits?: number;
  /** Not shown on a terminal; JSON and CSV have it. */
  readonly hidden?: boolean;
  /** Never cut on a narrow terminal. */
  readonly keep?: boolean;
}

/** A column for each named property of flat records, in that order. */
export function columnsOf<Row extends Readonly<Record<string, Json | undefined>>>(
  keys: readonly (keyof Row & string)[],
): Column<Row>[] {
  return keys.map((key) => ({ key, value: (row) => row[key] }));
}
