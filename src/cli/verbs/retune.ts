/** `tidemark retune MODEL`: other widths for the same latency or the same MACs, and the network itself. */
import { Command, InvalidArgumentError, Option } from "commander";
import type { PredictOptions } from "../../gpu/predict.ts";
import type { HostMode, Precision } from "../../gpu/types.ts";
import type { Range } from "../../gpu/widths/choices.ts";
import { type Diagnosis, diagnose } from "../../gpu/widths/diagnosis.ts";
import { WidthModel, type Widths } from "../../gpu/widths/model.ts";
import { type Goal, type RetuneResult, retune as search } from "../../gpu/widths/retune.ts";
import { type NetworkSummary, summarize } from "../../gpu/widths/summary.ts";
import {
  channelImportance,
  IMPORTANCES,
  type Importance,
  lazyPick,
  pickChannels,
} from "../../graph/morph/choose.ts";
import { type Pick, resizeChannels } from "../../graph/morph/resize.ts";
import type { Graph } from "../../graph/types.ts";
import { saveOnnx } from "../../onnx/index.ts";
import { type Column, formatPercent, formatSi } from "../../report/index.ts";
import { loadDevice } from "../../study/index.ts";
import { MODEL_HELP, openModel } from "../model.ts";
import {
  deviceOption,
  type Formatted,
  formatOption,
  hostOption,
  integer,
  positive,
  precisionOption,
  sizes,
} from "../options.ts";
import { filesOf, refuseInput } from "../outputs.ts";
import { printJson, printRows } from "../print.ts";
import { say, warn } from "../talk.ts";

interface Options extends Formatted {
  readonly device: string;
  readonly batch?: number;
  readonly precision: Precision;
  readonly host: HostMode;
  readonly hostUs?: number;
  readonly dim: Readonly<Record<string, number>>;
  readonly keep: Goal;
  readonly range: Range;
  readonly importance: Importance;
  readonly seed: number;
  readonly out?: string;
}

export const retune = () =>
  new Command("retune")
    .description("choose a step edge for each tied group of layers, and write that network")
    .argument("<model>", MODEL_HELP)
    .addOption(deviceOption())
    .addOption(
      new Option("-k, --keep <what>", "latency, macs, or budget=SHARE of the latency")
        .argParser(goal)
        .default({ keep: "latency" } satisfies Goal, "latency"),
    )
    .option("-o, --out <file>", "write the network: .onnx or .onnx.gz")
    .option(
      "--range <low,high>",
      "narrowest and widest, as shares of each layer's channels",
      range,
      { narrowest: 0.5, widest: 2 },
    )
    .addOption(
      new Option("--importance <measure>", "which channels a narrower layer keeps")
        .choices(IMPORTANCES)
        .default("l1"),
    )
    .option("--seed <n>", "of the unequal shares of copied channels", integer(0), 0)
    .option("-b, --batch <n>", "batch size (default: 1 where it is free)", integer(1))
    .addOption(precisionOption().default("fp32"))
    .addOption(hostOption().default("eager"))
    .option("--host-us <us>", "host time of one simple operator on your machine", positive)
    .option("--dim <name=size>", "size of another free dimension; repeat for more", sizes, {})
    .addOption(formatOption())
    .action((reference: string, options: Options) => {
      const graph = openModel(reference);
      if (options.out !== undefined) refuseInput("-o", options.out, filesOf(reference, graph));
      const predictOptions: PredictOptions = {
        device: loadDevice(options.device),
        precision: options.precision,
        host: options.host,
        bind: options.dim,
        ...(options.batch === undefined ? {} : { batch: options.batch }),
        ...(options.hostUs === undefined ? {} : { hostUsPerOp: options.hostUs }),
      };
      const model = new WidthModel(graph, predictOptions);
      const { ties } = model;
      const { importance } = options;
      const result = search(model, {
        goal: options.keep,
        range: options.range,
        ...(options.keep.keep === "budget"
          ? { importance: importances(model, new Set(model.free), importance) }
          : {}),
      });
      const retuned = resizeChannels(graph, ties, picksOf(model, result.widths, options));
      const report = reportOf(model, result, {
        options,
        before: summarize(graph, predictOptions),
        after: summarize(retuned, predictOptions),
        diagnosis: diagnose(graph, predictOptions),
      });
      if (options.out !== undefined) write(retuned, options.out);
      if (options.format === "json") printJson(report);
      else if (options.format === "csv") printRows(GROUP_COLUMNS, report.groups, "csv");
      else table(report);
      for (const gap of ties.gaps)
        warn(`left as they are: ${gap.op} (${gap.count}): ${gap.reason}`);
    });

/** @throws InvalidArgumentError, which commander turns into a message with the option's name */
export function goal(text: string): Goal {
  if (text === "latency" || text === "macs") return { keep: text };
  const [, share] = /^budget=(.+)$/.exec(text) ?? [];
  const number = Number(share);
  if (share === undefined || !(number > 0 && number <= 1))
    throw new InvalidArgumentError("expected latency, macs, or budget=SHARE with 0 < SHARE <= 1.");
  return { keep: "budget", share: number };
}

function range(text: string): Range {
  const [narrowest, widest, more] = text.split(",").map(Number);
  if (
    narrowest === undefined ||
    widest === undefined ||
    more !== undefined ||
    !(narrowest > 0 && narrowest <= 1 && widest >= 1 && widest <= 2)
  )
    throw new InvalidArgumentError("expected LOW,HIGH with 0 < LOW <= 1 <= HIGH <= 2.");
  return { narrowest, widest };
}

/** Importance by dimension, computed where it is asked for. */
function importances(model: WidthModel, dims: ReadonlySet<number>, measure: Importance) {
  let known: ReadonlyMap<number, Float64Array> | undefined;
  return (dim: number): Float64Array => {
    known ??= channelImportance(model.graph, model.ties, dims, measure);
    return known.get(dim)!;
  };
}

/** Channels of every dimension whose width changed; weights are read when the network is written. */
function picksOf(
  model: WidthModel,
  widths: Widths,
  { importance, seed }: Options,
): ReadonlyMap<number, Pick> {
  const changed = model.ties.dimensions.filter((d) => widths[d.id] !== d.channels);
  const scores = importances(model, new Set(changed.map((d) => d.id)), importance);
  return new Map(
    changed.map(({ id, multiple }) => [
      id,
      lazyPick(widths[id]!, () =>
        pickChannels(scores(id), widths[id]!, { blocks: multiple, seed, index: id }),
      ),
    ]),
  );
}

function write(graph: Graph, path: string): void {
  const files = saveOnnx(graph, path);
  say(`network: ${files.join(", ")}`);
}

interface GroupChange {
  readonly group: number;
  readonly layers: readonly string[];
  readonly channels: number;
  readonly retuned: number;
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

type Report = ReturnType<typeof reportOf>;

function reportOf(
  model: WidthModel,
  result: RetuneResult,
  rest: {
    readonly options: Options;
    readonly before: NetworkSummary;
    readonly after: NetworkSummary;
    readonly diagnosis: Diagnosis;
  },
) {
  const { options, before, after, diagnosis } = rest;
  const ratio = (of: (s: NetworkSummary) => number) => of(after) / of(before);
  return {
    device: options.device,
    batch: model.batch,
    precision: options.precision,
    host: options.host,
    keep: options.keep,
    range: options.range,
    before,
    after,
    ratios: {
      macs: ratio((s) => s.macs),
      params: ratio((s) => s.params),
      latency: ratio((s) => s.latencyMs),
    },
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
      bound: result.bound ?? null,
    },
    diagnosis,
    gaps: model.ties.gaps,
  };
}

function table(report: Report): void {
  const { before, after, ratios, search: found, keep } = report;
  const row = (name: string, of: (s: NetworkSummary) => string, change: string) => ({
    name,
    before: of(before),
    after: of(after),
    change,
  });
  const rows = [
    row("latency, ms", (s) => s.latencyMs.toPrecision(4), difference(ratios.latency)),
    row("MACs", (s) => formatSi(s.macs, "", 4), difference(ratios.macs)),
    row("parameters", (s) => formatSi(s.params, "", 4), difference(ratios.params)),
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
  if (changed.length > 0) printRows(GROUP_COLUMNS, changed, "table");
  for (const text of report.diagnosis.advice) say(text);
  if (found.bound !== null)
    say(
      `${found.choices} groups, 10^${found.combinations.toFixed(1)} combinations of step edges: within ${formatPercent(Math.max(0, found.bound.gap))} of the best ${
        keep.keep === "macs" ? "latency" : keep.keep === "latency" ? "MACs" : "importance"
      } that any of them can reach`,
    );
  if (found.held > 0)
    say(`${found.held} groups were held, so that the search stays exact for the rest`);
  if (changed.length === 0) say("no other widths are better: the network stands on its step edges");
}

function difference(ratio: number): string {
  const percent = 100 * (ratio - 1);
  return `${percent >= 0 ? "+" : ""}${percent.toFixed(1)} %`;
}
