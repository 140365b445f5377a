/** Small reports made of plain rows. */

import { REPORT_FORMAT, type ReportData, type ReportObjective } from "../../src/report/data.ts";
import { dominates } from "../../src/report/dominance.ts";
import { type DataColumn, encodeColumn, type Scalar } from "../../src/report/encode.ts";

export interface Row {
  readonly design: Readonly<Record<string, Scalar>>;
  readonly values: Readonly<Record<string, number>>;
  readonly state?: string;
}

/** The front by brute force. */
export function reportOf(
  name: string,
  objectives: readonly ReportObjective[],
  rows: readonly Row[],
  more: Partial<ReportData> = {},
): ReportData {
  const state = (row: Row) => row.state ?? "complete";
  const columns = objectives.map((o) => rows.map((r) => r.values[o.name] ?? Number.NaN));
  const complete = rows.flatMap((r, i) => (state(r) === "complete" ? [i] : []));
  const front =
    rows.length > 5000
      ? []
      : complete.filter((i) => !complete.some((j) => dominates(objectives, columns, j, i)));
  const names = [...new Set(rows.flatMap((r) => Object.keys(r.design)))];
  const valueNames = [...new Set(rows.flatMap((r) => Object.keys(r.values)))];
  return {
    format: REPORT_FORMAT,
    version: "0.0.0-test",
    generatedAt: "2026-01-02T03:04:05.000Z",
    study: {
      id: 1,
      name,
      state: "finished",
      createdAt: "2026-01-02T03:04:05.000Z",
      durationMs: 1234,
      spec: { name },
    },
    asked: [{ label: "space", text: "rows of a test" }],
    spaceSize: rows.length,
    objectives,
    constraints: [],
    notes: ["made for a test"],
    trials: {
      count: rows.length,
      state: encodeColumn(labels("state", rows.map(state))),
      design: names.map((n) =>
        encodeColumn(
          labels(
            n,
            rows.map((r) => r.design[n]),
          ),
        ),
      ),
      values: valueNames.map((n) =>
        encodeColumn({
          kind: "number",
          name: n,
          data: Float64Array.from(rows, (r) => r.values[n] ?? Number.NaN),
        }),
      ),
    },
    names: [],
    front,
    hypervolume: null,
    network: null,
    ...more,
  };
}

export function labels(name: string, cells: readonly (Scalar | undefined)[]): DataColumn {
  const known = [...new Set(cells.filter((c) => c !== undefined))];
  const index = new Map(known.map((c, i) => [c, i]));
  return {
    kind: "label",
    name,
    labels: known,
    data: Int32Array.from(cells, (c) => (c === undefined ? -1 : index.get(c)!)),
  };
}
