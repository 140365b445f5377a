/** `tidemark widths MODEL`: each group of layers on its staircase of latency against channels. */
import { basename } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { PredictOptions } from "../../gpu/predict.ts";
import type { HostMode, Precision } from "../../gpu/types.ts";
import { diagnose } from "../../gpu/widths/diagnosis.ts";
import { WidthModel } from "../../gpu/widths/model.ts";
import { type GroupSurvey, survey } from "../../gpu/widths/survey.ts";
import { type Column, formatUs } from "../../report/index.ts";
import { staircaseHtml, staircaseSvg } from "../../report/staircase.ts";
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
import { filesOf, refuseInput, requireFolder } from "../outputs.ts";
import { printJson, printRows } from "../print.ts";
import { say, warn } from "../talk.ts";
import { writeWhole } from "../whole-file.ts";

interface Options extends Formatted {
  readonly device: string;
  readonly batch?: number;
  readonly precision: Precision;
  readonly host: HostMode;
  readonly hostUs?: number;
  readonly dim: Readonly<Record<string, number>>;
  readonly plot?: string;
}

const COLUMNS: readonly Column<GroupSurvey>[] = [
  { key: "group", value: (g) => g.id },
  {
    key: "layers",
    value: (g) => g.layers.map((l) => l.layer),
    text: ({ layers }) =>
      layers.length > 1 ? `${layers[0]!.layer} +${layers.length - 1}` : (layers[0]?.layer ?? ""),
  },
  { key: "channels", value: (g) => g.channels, keep: true },
  { key: "us", label: "time", unit: "us", value: (g) => g.us },
  { key: "waves", value: (g) => slowest(g)?.waves },
  { key: "limiter", value: (g) => slowest(g)?.limiter },
  { key: "headroom", value: (g) => (g.next ? g.next.channels - g.channels : undefined) },
  {
    key: "headroomUs",
    label: "costs",
    unit: "us",
    value: (g) => (g.next ? g.next.us - g.us : undefined),
  },
  { key: "previous", label: "edge below", value: (g) => g.previous?.channels },
  {
    key: "savingUs",
    label: "saves",
    unit: "us",
    value: (g) => (g.previous ? g.us - g.previous.us : undefined),
  },
  { key: "fixed", value: (g) => g.fixed },
];

export const widths = () =>
  new Command("widths")
    .description("show where each layer's channels stand on the staircase of its latency")
    .argument("<model>", MODEL_HELP)
    .addOption(deviceOption())
    .option("-b, --batch <n>", "batch size (default: 1 where it is free)", integer(1))
    .addOption(precisionOption().default("fp32"))
    .addOption(hostOption().default("eager"))
    .option("--host-us <us>", "host time of one simple operator on your machine", positive)
    .option("--dim <name=size>", "size of another free dimension; repeat for more", sizes, {})
    .option("--plot <file>", "draw the staircases: .svg or .html", plotFile)
    .addOption(formatOption())
    .action((reference: string, options: Options) => {
      if (options.plot !== undefined) requireFolder("--plot", options.plot);
      const graph = openModel(reference);
      if (options.plot !== undefined)
        refuseInput("--plot", options.plot, filesOf(reference, graph));
      const predictOptions: PredictOptions = {
        device: loadDevice(options.device),
        precision: options.precision,
        host: options.host,
        bind: options.dim,
        ...(options.batch === undefined ? {} : { batch: options.batch }),
        ...(options.hostUs === undefined ? {} : { hostUsPerOp: options.hostUs }),
      };
      const model = new WidthModel(graph, predictOptions);
      const found = survey(model);
      const diagnosis = diagnose(graph, predictOptions);
      const { latencyUs } = model.timeline(model.widths);
      const head = {
        device: options.device,
        batch: model.batch,
        precision: options.precision,
        host: options.host,
        latencyMs: latencyUs / 1000,
      };
      if (options.plot !== undefined) {
        const title = `${basename(reference)} on ${predictOptions.device.name}, ${options.precision}, batch ${model.batch}`;
        writePlot(options.plot, found.groups, title);
      }
      if (options.format === "json") printJson({ ...head, ...found, diagnosis });
      else {
        printRows(COLUMNS, found.groups, options.format);
        const free = found.groups.filter((g) => g.fixed === undefined).length;
        say(`${found.groups.length} groups of layers, ${free} may change; ${formatUs(latencyUs)}`);
        for (const text of diagnosis.advice) say(text);
      }
      for (const gap of found.gaps) warn(`fixed: ${gap.op} (${gap.count}): ${gap.reason}`);
    });

function slowest({ layers }: GroupSurvey) {
  return layers.toSorted((a, b) => b.us - a.us)[0];
}

function plotFile(path: string): string {
  if (/\.(svg|html)$/i.test(path)) return path;
  throw new InvalidArgumentError("expected a path that ends in .svg or .html.");
}

function writePlot(path: string, groups: readonly GroupSurvey[], title: string): void {
  const text = /\.svg$/i.test(path) ? staircaseSvg(groups, title) : staircaseHtml(groups, title);
  writeWhole(path, text, "choose another place for --plot");
  say(`plot: ${path}`);
}
