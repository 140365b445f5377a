/** A dynamic network on a data set: what `run` prints and `report` draws. */
import { basename } from "node:path";
import { type Command, Option } from "commander";
import { UserError } from "../../../base/errors.ts";
import { deployed } from "../../../dynamic/deploy/index.ts";
import { type Answers, answersOf, GAP_HINT, gapOf } from "../../../dynamic/evaluation/answers.ts";
import { type Outcomes, outcomesOf, summaryOf } from "../../../dynamic/evaluation/outcomes.ts";
import { predictedTime } from "../../../dynamic/evaluation/predicted.ts";
import { comparison, rightOf } from "../../../dynamic/evaluation/reference.ts";
import { type SideTime, timeSides } from "../../../dynamic/evaluation/timing.ts";
import { type DynamicNetwork, NEVER } from "../../../dynamic/plan.ts";
import type { HostMode, Precision } from "../../../gpu/types.ts";
import type { Graph } from "../../../graph/types.ts";
import {
  type Dataset,
  type Normalization,
  type SampleView,
  type Split,
  wholeSet,
} from "../../../runtime/data/index.ts";
import { loadDevice } from "../../../study/index.ts";
import {
  addDatasetOptions,
  DATASET_HELP,
  type DatasetFlags,
  openWithTalk,
} from "../../dataset-options.ts";
import type { DynamicRun } from "../../dynamic-report.ts";
import { hostOption, integer, list, precisionOption } from "../../options.ts";
import { ProgressLine } from "../../progress-line.ts";
import { warn } from "../../talk.ts";
import { fitted, fittedDense, openDense, openDynamic } from "./open.ts";

export interface EvaluationFlags extends DatasetFlags {
  readonly data: string;
  readonly split: Split;
  readonly dense?: string;
  readonly device?: readonly string[];
  readonly precision: Precision;
  readonly host: HostMode;
  readonly batch: readonly number[];
  readonly rounds: number;
  readonly images: number;
  readonly threads: number;
  readonly time?: boolean;
}

export function addEvaluationOptions(command: Command): Command {
  return addDatasetOptions(
    command
      .requiredOption("--data <dataset>", DATASET_HELP)
      .addOption(
        new Option("--split <split>", "").choices(["train", "validation", "test"]).default("test"),
      )
      .option("--dense <file.onnx>", "the dense network to compare with")
      .option("-d, --device <list>", "devices to predict the time on, with --dense", list)
      .addOption(precisionOption().default("fp32"))
      .addOption(hostOption().default("eager"))
      .option("-b, --batch <n,…>", "batches that are timed", batches, [1, 32])
      .option("--rounds <n>", "of timing, the networks in turn", integer(1), 7)
      .option("-t, --threads <n>", "of the timing", integer(1), 1),
  );
}

export interface Evaluated {
  readonly network: DynamicNetwork;
  readonly normalization: Normalization;
  readonly dataset: Dataset;
  readonly view: SampleView;
  readonly answers: Answers;
  readonly outcomes: Outcomes;
  readonly result: DynamicRun & {
    readonly network: string;
    readonly data: string;
    readonly split: Split;
  };
}

/** @throws UserError where network, data and flags do not fit together */
export async function evaluated(path: string, flags: EvaluationFlags): Promise<Evaluated> {
  if (flags.device !== undefined && flags.dense === undefined)
    throw new UserError("--device predicts the time beside the dense network, and none is given", {
      hint: "add --dense DENSE.onnx",
      exitCode: 2,
    });
  const devices = (flags.device ?? []).map(loadDevice);
  const opened = openDynamic(path);
  if (devices.length > 0 && opened.plan.exits.length === 0)
    throw new UserError(`${path} has no exits, and only their time is predicted here`, {
      hint: "leave out --device",
      exitCode: 2,
    });
  const dense = flags.dense === undefined ? undefined : openDense(flags.dense);
  const dataset = await openWithTalk(flags.data, flags);
  const { network, normalization } = fitted(opened, dataset, basename(path));
  const comparable = dense && fittedDense(dense, dataset, normalization);
  const set = dataset[flags.split];
  if (set === undefined)
    throw new UserError(`${dataset.name} has no ${flags.split} split`, {
      hint: "choose another --split",
      exitCode: 2,
    });
  const view = wholeSet(set);
  const line = new ProgressLine();
  try {
    const answers = await answersOf(network, view, {
      normalization,
      onProgress: (done, of) => line.show(`${done} of ${of} samples`),
    });
    const gap = gapOf(network, answers);
    if (gap !== undefined) {
      line.clear();
      warn(`${path}: ${gap}: what is said of these means nothing; ${GAP_HINT}`);
    }
    const outcomes = outcomesOf(network, answers);
    const summary = summaryOf(network, answers, outcomes, dataset.classes);
    const denseRight = comparable && (await rightOf(comparable.graph, view, comparable));
    const times: { batch: number; sides: readonly SideTime[] }[] = [];
    if (flags.time === true)
      for (const batch of flags.batch) {
        line.show(`timing batch ${batch}`);
        const sides = await timeSides(sidesOf(network, dense), view, {
          batch,
          batches: Math.max(1, Math.ceil(flags.images / batch)),
          rounds: flags.rounds,
          threads: flags.threads,
          normalization,
        });
        times.push({ batch, sides });
      }
    const predicted = devices.flatMap((device) =>
      flags.batch.map((batch) =>
        predictedTime(
          network,
          dense!,
          outcomes.exits,
          batch,
          { device, precision: flags.precision, host: flags.host },
          answers.on,
        ),
      ),
    );
    const result = {
      network: path,
      data: dataset.name,
      split: flags.split,
      ...summary,
      ...(denseRight && { dense: comparison(denseRight, outcomes.correct) }),
      times,
      predicted,
    };
    return { network, normalization, dataset, view, answers, outcomes, result };
  } finally {
    line.clear();
  }
}

/** The dense network first; the worst case is the deployed network that nobody leaves early. */
function sidesOf(network: DynamicNetwork, dense: Graph | undefined) {
  const { graph, plan } = network;
  const never = { ...plan, exits: plan.exits.map((exit) => ({ ...exit, threshold: NEVER })) };
  return [
    ...(dense === undefined ? [] : [{ name: "dense", graph: dense }]),
    { name: "dynamic", graph: deployed(network) },
    ...(plan.exits.length === 0
      ? []
      : [{ name: "worst case", graph: deployed({ graph, plan: never }) }]),
  ];
}

function batches(text: string): readonly number[] {
  return text.split(",").map((each) => integer(1)(each.trim()));
}
