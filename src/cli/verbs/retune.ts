/** `tidemark retune MODEL`: other widths for the same latency or the same size, and the network itself. */
import { Command, InvalidArgumentError, Option } from "commander";
import { UserError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import type { PredictOptions } from "../../gpu/predict.ts";
import type { HostMode, Precision } from "../../gpu/types.ts";
import type { Range } from "../../gpu/widths/choices.ts";
import { diagnose } from "../../gpu/widths/diagnosis.ts";
import {
  defaultFloors,
  type Floors,
  type Goal,
  MAXIMISED,
  type Maximised,
} from "../../gpu/widths/goal.ts";
import { WidthModel, type Widths } from "../../gpu/widths/model.ts";
import { DEFAULT_RANGE, retune as search } from "../../gpu/widths/retune.ts";
import { summarize } from "../../gpu/widths/summary.ts";
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
import { formatJson } from "../../report/index.ts";
import { loadDevice } from "../../study/index.ts";
import { MODEL_HELP, openModel } from "../model.ts";
import {
  deviceOption,
  type Formatted,
  formatOption,
  hostOption,
  hostUsOption,
  integer,
  precisionOption,
  sizes,
} from "../options.ts";
import { filesOf, refuseInput, requireFolder } from "../outputs.ts";
import { printRetune, type RetuneReport, reportOf } from "../retune-report.ts";
import { say } from "../talk.ts";
import { writeWhole } from "../whole-file.ts";

interface Options extends Formatted {
  readonly device: string;
  readonly batch?: number;
  readonly precision: Precision;
  readonly host: HostMode;
  readonly hostUs?: number;
  readonly dim: Readonly<Record<string, number>>;
  readonly keep: Goal;
  readonly maximise?: Maximised;
  readonly minMacs?: number;
  readonly minParams?: number;
  readonly minCapacity?: number;
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
      new Option("-k, --keep <what>", "latency, capacity, macs, or budget=SHARE of the latency")
        .argParser(goal)
        .default({ keep: "latency" } satisfies Goal, "latency"),
    )
    .addOption(
      new Option("--maximise <what>", "in the latency that is kept (default: macs)").choices(
        MAXIMISED,
      ),
    )
    .option("--min-macs <share>", "least MACs, as a share of the original's (default: 1)", share)
    .option("--min-params <share>", "least parameters, likewise (default: 1)", share)
    .option(
      "--min-capacity <share>",
      "least mean width of the layers, likewise (default: 1; --keep macs: 0)",
      share,
    )
    .option(
      "--range <low,high>",
      "narrowest and widest, as shares of each layer's channels",
      range,
      DEFAULT_RANGE,
    )
    .option(
      "-o, --out <file>",
      "write the network (.onnx, .onnx.gz) or the report (.json)",
      outFile,
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
    .addOption(hostUsOption())
    .option("--dim <name=size>", "size of another free dimension; repeat for more", sizes, {})
    .addOption(formatOption())
    .action((reference: string, options: Options) => {
      const goal = goalOf(options);
      const floors = floorsOf(goal, options);
      const { out, range } = options;
      if (out !== undefined) requireFolder("-o", out);
      const graph = openModel(reference);
      if (out !== undefined) refuseInput("-o", out, filesOf(reference, graph));
      const predict: PredictOptions = {
        device: loadDevice(options.device),
        precision: options.precision,
        host: options.host,
        bind: options.dim,
        ...(options.batch === undefined ? {} : { batch: options.batch }),
        ...(options.hostUs === undefined ? {} : { hostUsPerOp: options.hostUs }),
      };
      const model = new WidthModel(graph, predict);
      const importance =
        goal.keep === "budget"
          ? { importance: importances(model, new Set(model.free), options.importance) }
          : {};
      const result = search(model, { goal, floors, range, ...importance });
      const widens = goal.keep === "latency" && range.narrowest < 1;
      const widened = widens
        ? search(model, { goal, floors, range: { ...range, narrowest: 1 } }).widths
        : undefined;
      const retuned = resizeChannels(graph, model.ties, picksOf(model, result.widths, options));
      const report = reportOf(
        { device: options.device, goal, floors, range, predict },
        {
          model,
          result,
          widened,
          before: summarize(graph, predict),
          after: summarize(retuned, predict),
          diagnosis: diagnose(graph, predict),
        },
      );
      if (out !== undefined) write(out, retuned, report);
      printRetune(report, options.format);
    });

/** @throws InvalidArgumentError, which commander turns into a message with the option's name */
export function goal(text: string): Goal {
  if (text === "latency" || text === "capacity" || text === "macs") return { keep: text };
  const [, share] = /^budget=(.+)$/.exec(text) ?? [];
  const number = Number(share);
  if (share === undefined || !(number > 0 && number <= 1))
    throw new InvalidArgumentError(
      "expected latency, capacity, macs, or budget=SHARE with 0 < SHARE <= 1.",
    );
  return { keep: "budget", share: number };
}

function goalOf({ keep, maximise }: Options): Goal {
  if (maximise === undefined) return keep;
  if (keep.keep === "latency" || keep.keep === "budget") return { ...keep, maximise };
  throw new UserError(
    `--maximise ${maximise} with --keep ${keep.keep}: that is for least latency`,
    {
      hint: "leave --maximise out, or choose --keep latency or budget=SHARE",
      exitCode: 2,
    },
  );
}

function floorsOf(goal: Goal, { minMacs, minParams, minCapacity }: Options): Floors {
  const floors = defaultFloors(goal);
  const given = { macs: minMacs, params: minParams, capacity: minCapacity };
  if (goal.keep === "budget" && Object.values(given).some((g) => g !== undefined))
    throw new UserError(`--keep budget=${goal.share} has no least size: every layer may shrink`, {
      hint: "leave --min-macs, --min-params and --min-capacity out; --range bounds each layer",
      exitCode: 2,
    });
  return {
    macs: minMacs ?? floors.macs,
    params: minParams ?? floors.params,
    capacity: minCapacity ?? floors.capacity,
  };
}

function share(text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && number >= 0 && number <= 1) return number;
  throw new InvalidArgumentError("expected a share of the original's, from 0 (no limit) to 1.");
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

const NETWORK = /\.onnx(\.gz)?$/i;

function outFile(path: string): string {
  if (NETWORK.test(path) || /\.json$/i.test(path)) return path;
  throw new InvalidArgumentError(
    "expected a path that ends in .onnx or .onnx.gz (the network) or in .json (the report).",
  );
}

function write(path: string, graph: Graph, report: RetuneReport): void {
  const hint = "choose another place for -o";
  if (!NETWORK.test(path)) {
    writeWhole(path, formatJson(report as unknown as Json), hint);
    say(`report: ${path}`);
    return;
  }
  let files: readonly string[];
  try {
    files = saveOnnx(graph, path);
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    throw new UserError(`-o ${path} cannot be written: ${cause.message}`, { hint, cause });
  }
  say(`network: ${files.join(", ")}`);
}
