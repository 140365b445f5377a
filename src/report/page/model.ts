/** The report's data with what several parts of the page need of it. */
import type { ReportData } from "../data.ts";
import { decodeTrials, type Measured, nameOf, type Trials } from "../decode.ts";
import { sign } from "../dominance.ts";
import { cellOf } from "../encode.ts";
import { columnFormat, formatNumber } from "../number.ts";

export interface Model {
  readonly data: ReportData;
  readonly trials: Trials;
  /** Front, from the best in the first objective that is minimised (else the first) to the worst. */
  readonly front: readonly number[];
  measured(name: string): Measured;
  /** A value as all of its column are written, without the unit. */
  format(name: string, value: number): string;
}

export function createModel(data: ReportData, trials: Trials = decodeTrials(data)): Model {
  const byName = new Map(trials.measured.map((m) => [m.name, m]));
  const formats = new Map(
    trials.measured.map((m) => {
      const rows = data.front.length > 0 ? data.front : Array.from(m.data.keys());
      return [m.name, columnFormat(rows.map((i) => m.data[i]!))];
    }),
  );
  const lead = trials.objectives.find((o) => o.goal === "minimize") ?? trials.objectives[0];
  const front = [...data.front];
  if (lead) front.sort((a, b) => sign(lead) * (lead.data[b]! - lead.data[a]!) || a - b);
  return {
    data,
    trials,
    front,
    measured: (name) => byName.get(name) ?? trials.measured[0]!,
    format: (name, value) => (formats.get(name) ?? formatNumber)(value),
  };
}

export function valueText(model: Model, m: Measured, row: number): string {
  const value = m.data[row]!;
  if (Number.isNaN(value)) return "–";
  return withUnit(model.format(m.name, value), m.unit);
}

export function withUnit(text: string, unit: string): string {
  return unit === "" ? text : `${text}\u00a0${unit}`;
}

/** What the page calls a design: its name, else its number. */
export function titleOf(model: Model, row: number): string {
  return nameOf(model.trials, row) ?? `Trial ${row}`;
}

/** Trial numbers tell apart what names leave open. */
export function numberedTitle(model: Model, row: number): string {
  const name = nameOf(model.trials, row);
  return name === undefined ? `Trial ${row}` : `${name} (trial ${row})`;
}

/** The design on one line: its values, without the parameters' names. */
export function designText(model: Model, row: number): string {
  return model.trials.parameters
    .flatMap((column) => cellOf(column, row) ?? [])
    .map(String)
    .join(" · ");
}
