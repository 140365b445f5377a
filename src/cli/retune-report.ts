/** What `retune` says: the two networks side by side, by stage and by group, and how good the choice is. */
import type { PredictOptions } from "../gpu/predict.ts";
import type { Diagnosis } from "../gpu/widths/diagnosis.ts";
import type { Floors, Goal } from "../gpu/widths/goal.ts";
import type { WidthModel, Widths } from "../gpu/widths/model.ts";
import type { RetuneResult } from "../gpu/widths/retune.ts";
import { type Stage, stagesOf } from "../gpu/widths/stages.ts";
import type { NetworkSummary } from "../gpu/widths/summary.ts";
import { type Column, formatFixed, formatPercent, formatSi } from "../report/index.ts";
import type { RowFormat } from "../report/rows.ts";
import { printJson, printRows } from "./print.ts";
import { say, warn } from "./talk.ts";

export interface GroupChange {
  readonly group: number;
  readonly layers: readonly string[];
  readonly channels: number;
  readonly retuned: number;
}

/** Shares of the original's. */
interface Ratios {
  readonly macs: number;
  readonly params: number;
  readonly capacity: number;
  readonly latency: number;
}

export interface RetuneRequest {
  readonly device: string;
  readonly goal: Goal;
  readonly floors: Floors;
  readonly range: { readonly narrowest: number; readonly widest: number };
  readonly predict: PredictOptions;
}

export interface Retuned {
  readonly model: WidthModel;
  readonly result: RetuneResult;
  /** The same goal with no layer narrower than it is; undefined where that was not asked. */
  readonly widened: Widths | undefined;
  readonly before: NetworkSummary;
  readonly after: NetworkSummary;
  readonly diagnosis: Diagnosis;
}

export type RetuneReport = ReturnType<typeof reportOf>;

export function reportOf(request: RetuneRequest, retuned: Retuned) {
  const { model, result, widened, before, after, diagnosis } = retuned;
  const ratio = (of: (s: NetworkSummary) => number) => of(after) / of(before);
  const { precision = "fp32", host = "eager" } = request.predict;
  return {
    device: request.device,
    batch: model.batch,
    precision,
    host,
    keep: request.goal,
    objective: result.objective,
    floors: request.floors,
    range: request.range,
    before,
    after,
    ratios: {
      macs: ratio((s) => s.macs),
      params: ratio((s) => s.params),
      capacity: model.capacity(result.widths),
      latency: ratio((s) => s.latencyMs),
    } satisfies Ratios,
    wideningOnly: widened === undefined ? null : ratiosAt(model, widened),
    stages: stagesOf(model, result.widths),
    groups: model.ties.dimensions
      .filter((d) => d.fixed === undefined && d.layers.length > 0)
      .map((d): GroupChange => {
        const { id, layers, channels } = d;
        return { group: id, layers, channels, retuned: result.widths[id]! };
      }),
    search: {
      choices: result.choices,
      combinations: result.combinations,
      held: result.held,
      optimal: result.optimal,
      bound: result.bound,
    },
    diagnosis,
    gaps: model.ties.gaps,
  };
}

function ratiosAt(model: WidthModel, widths: Widths): Ratios {
  return {
    macs: model.macs(widths) / model.macs(model.widths),
    params: model.params(widths) / model.params(model.widths),
    capacity: model.capacity(widths),
    latency: model.timeline(widths).latencyUs / model.timeline(model.widths).latencyUs,
  };
}

export function printRetune(report: RetuneReport, format: RowFormat): void {
  if (format === "json") printJson(report);
  else if (format === "csv") printRows(GROUP_COLUMNS, report.groups, "csv");
  else if (format === "table") table(report);
  else printRows(GROUP_COLUMNS, report.groups, format);
  for (const gap of report.gaps) warn(`left as they are: ${gap.op} (${gap.count}): ${gap.reason}`);
}

const GROUP_COLUMNS: readonly Column<GroupChange>[] = [
  { key: "group", value: (g) => g.group },
  { key: "channels", value: (g) => g.channels },
  { key: "retuned", value: (g) => g.retuned },
  {
    key: "layers",
    value: (g) => g.layers,
    text: ({ layers }) => (layers.length > 1 ? `${layers[0]} +${layers.length - 1}` : layers[0]!),
  },
];

/** A column with before and after in one cell. */
const change = (
  key: "width" | "macs" | "params" | "us" | "tailUs",
  label: string,
  text: (x: number) => string,
): Column<Stage> => ({
  key,
  label,
  value: ({ before, after }) => `${text(before[key])} -> ${text(after[key])}`,
});

const whole = (x: number) => formatFixed(x, 0);

const STAGE_COLUMNS: readonly Column<Stage>[] = [
  { key: "stage", value: (s) => s.size },
  { key: "layers", value: (s) => s.layers },
  change("width", "mean width", whole),
  change("macs", "MACs", (x) => formatSi(x)),
  change("params", "parameters", (x) => formatSi(x)),
  change("us", "time, µs", whole),
  change("tailUs", "lost in tails, µs", whole),
];

function table(report: RetuneReport): void {
  const { before, after, ratios } = report;
  const row = (name: string, of: (s: NetworkSummary) => string, difference: string) => ({
    name,
    before: of(before),
    after: of(after),
    change: difference,
  });
  const rows = [
    row("latency, ms", (s) => s.latencyMs.toPrecision(4), difference(ratios.latency)),
    row("MACs", (s) => formatSi(s.macs, "", 4), difference(ratios.macs)),
    row("parameters", (s) => formatSi(s.params, "", 4), difference(ratios.params)),
    {
      name: "capacity (mean width)",
      before: "1.000",
      after: ratios.capacity.toFixed(3),
      change: difference(ratios.capacity),
    },
    row("GPU time, ms", (s) => s.gpuMs.toPrecision(4), difference(after.gpuMs / before.gpuMs)),
    row("host time, ms", (s) => s.hostMs.toPrecision(4), difference(after.hostMs / before.hostMs)),
    row("waves", (s) => String(s.waves), difference(after.waves / before.waves)),
    row("SM utilisation", (s) => formatPercent(s.smUtilization), ""),
    row("lost in last waves, ms", (s) => s.tailMs.toPrecision(3), ""),
  ];
  type Row = (typeof rows)[number];
  const columns: Column<Row>[] = [
    { key: "name", label: "", value: (r) => r.name },
    { key: "before", value: (r) => r.before },
    { key: "after", value: (r) => r.after },
    { key: "change", value: (r) => r.change },
  ];
  printRows(columns, rows, "table");
  process.stdout.write("\n");
  const changed = report.groups.filter((g) => g.channels !== g.retuned);
  if (changed.length > 0) {
    printRows(STAGE_COLUMNS, report.stages, "table");
    process.stdout.write("\n");
    printRows(GROUP_COLUMNS, changed, "table");
  }
  for (const text of remarks(report, changed)) say(text);
}

/** What stands below the tables. */
function remarks(report: RetuneReport, changed: readonly GroupChange[]): string[] {
  const { keep, wideningOnly, range, diagnosis } = report;
  const out = [...diagnosis.advice];
  const narrower = changed.filter((g) => g.retuned < g.channels).length;
  if (changed.length === 0)
    out.push(
      keep.keep === "latency" || keep.keep === "budget"
        ? "no other widths within the limits are better: the network stays as it is"
        : "no other widths within the limits save 0.5 % or more: the network stays as it is",
    );
  else if (narrower === 0)
    out.push("layers are only widened: the network computes what it computed before");
  else
    out.push(
      `${narrower} groups are narrower and ${changed.length - narrower} wider: train the network before use`,
    );
  if (wideningOnly !== null)
    out.push(
      `widening alone, which keeps what the network computes (--range 1,${range.widest}), would have ${difference(wideningOnly.macs)} MACs and ${difference(wideningOnly.params)} parameters in the same time`,
    );
  out.push(optimality(report));
  return out;
}

const NAMES: Readonly<Record<RetuneResult["objective"], string>> = {
  latency: "latency",
  macs: "MACs",
  params: "number of parameters",
  capacity: "capacity",
  importance: "importance",
};

function optimality({ search, objective }: RetuneReport): string {
  const { choices, combinations, optimal, bound, held } = search;
  const count =
    combinations < 6 ? formatFixed(10 ** combinations, 0) : `10^${combinations.toFixed(1)}`;
  const space = `${choices} groups, ${count} combinations of step edges`;
  if (optimal) return `${space}: optimal, none of them has a better ${NAMES[objective]}`;
  const within = `${space}: within ${formatPercent(bound.gap)} of the best ${NAMES[objective]} that any of them can reach`;
  return held === 0 ? within : `${within} with ${held} groups as this search holds them`;
}

function difference(ratio: number): string {
  const percent = 100 * (ratio - 1);
  return `${percent >= 0 ? "+" : ""}${percent.toFixed(1)} %`;
}
