/** `tidemark dynamic calibrate NET.onnx --data D (--drop X | --cost Y) -o OUT.onnx`. */
import { basename } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { UserError } from "../../../base/errors.ts";
import { mean } from "../../../base/stats.ts";
import { answersOf, gapOf } from "../../../dynamic/evaluation/answers.ts";
import { calibrate as choose } from "../../../dynamic/evaluation/calibrate.ts";
import { allKept, chooseKept, isAdjustable } from "../../../dynamic/evaluation/kept.ts";
import { outcomesOf } from "../../../dynamic/evaluation/outcomes.ts";
import type { Target } from "../../../dynamic/evaluation/thresholds.ts";
import { type DynamicNetwork, withPlan } from "../../../dynamic/plan.ts";
import { saveOnnx } from "../../../onnx/index.ts";
import { nodeEngine } from "../../../runtime/index.ts";
import { scoreOf } from "../../../runtime/training/trainer-score.ts";
import {
  addDatasetOptions,
  DATASET_HELP,
  type DatasetFlags,
  openWithTalk,
} from "../../dataset-options.ts";
import { type Formatted, formatOption, integer } from "../../options.ts";
import { refuseInput, requireFolder } from "../../outputs.ts";
import { printJson, printRows } from "../../print.ts";
import { ProgressLine } from "../../progress-line.ts";
import { say, warn } from "../../talk.ts";
import { certaintyText, standardError, warnOfFew } from "./certainty.ts";
import { reportKept } from "./kept.ts";
import { fitted, heldOut, openDense, openDynamic } from "./open.ts";

interface Flags extends DatasetFlags, Formatted {
  readonly data: string;
  readonly drop?: number;
  readonly cost?: number;
  readonly dense?: string;
  readonly validation?: number;
  readonly seed?: number;
  readonly threads?: number;
  readonly output: string;
}

export const calibrate = () =>
  addDatasetOptions(
    new Command("calibrate")
      .description(
        "set the exits' temperatures and thresholds, or without exits how much attention keeps, for a target, on held-out data",
      )
      .argument("<network>", "a dynamic network that is trained")
      .requiredOption("--data <dataset>", DATASET_HELP)
      .option("--drop <points>", "cheapest with at most this loss of accuracy, e.g. 0.5", points)
      .option(
        "--cost <share>",
        "most accurate with at most this of the dense MACs, e.g. 0.5",
        share,
      )
      .option(
        "--dense <file.onnx>",
        "the network whose accuracy --drop counts from (default: its own last classifier)",
      )
      .option("--validation <share>", "of the training samples, as the training held back", share)
      .option("--seed <n>", "of the training that held them back", integer(0))
      .option("-t, --threads <n>", "(default: all cores)", integer(1))
      .requiredOption("-o, --output <file.onnx>", "the network with its thresholds"),
  )
    .addOption(formatOption())
    .action(async (path: string, flags: Flags) => {
      if ((flags.drop === undefined) === (flags.cost === undefined))
        throw new UserError(
          flags.drop === undefined ? "no target is given" : "--drop and --cost are two targets",
          {
            hint: "give one of --drop 0.5 (points of accuracy) and --cost 0.5 (share of the dense MACs)",
            exitCode: 2,
          },
        );
      if (flags.dense !== undefined && flags.cost !== undefined)
        throw new UserError("--dense has no effect with --cost", {
          hint: "leave it out",
          exitCode: 2,
        });
      requireFolder("-o", flags.output);
      const opened = openDynamic(path);
      const byExits = opened.plan.exits.length > 0;
      if (!byExits && !isAdjustable(opened.plan))
        throw new UserError(`${path} has no exits and no attention whose thresholds could be set`, {
          hint: "convert it with exits, multires, attention or channels; gates learn theirs in training",
          exitCode: 2,
        });
      refuseInput("-o", flags.output, [path, ...(flags.dense === undefined ? [] : [flags.dense])]);
      const dataset = await openWithTalk(flags.data, flags);
      const { network, normalization } = fitted(opened, dataset, basename(path));
      const { view, what } = heldOut(opened.graph, dataset, flags);
      warnOfFew(view.indices.length, flags.drop);
      const threads = flags.threads === undefined ? {} : { threads: flags.threads };
      const line = new ProgressLine();
      const answer = (asked: DynamicNetwork) =>
        answersOf(asked, view, {
          normalization,
          ...threads,
          onProgress: (done, of) => line.show(`${done} of ${of} samples`),
        });
      // The network's own accuracy is that of all that could be kept.
      const answers = await answer(byExits ? network : allKept(network));
      line.clear();
      const gap = gapOf(network, answers);
      if (gap !== undefined)
        throw new UserError(`${path}: ${gap}`, {
          hint: "its weights are damaged, or its training went astray: train it anew with a lower --lr",
        });
      const own = answers.logits.at(-1)!;
      const reference =
        flags.cost !== undefined
          ? undefined
          : flags.dense === undefined
            ? accuracyOf(own, answers.labels, answers.classes)
            : (
                await scoreOf(openDense(flags.dense), view, {
                  normalization,
                  engine: nodeEngine,
                  ...threads,
                })
              ).accuracy;
      const target: Target =
        flags.cost !== undefined
          ? { kind: "cost", atMost: flags.cost * network.plan.denseMacs }
          : { kind: "accuracy", atLeast: reference! - flags.drop! / 100 };
      if (!byExits) {
        const found = await chooseKept(network, target, async (asked) => {
          const { correct, macs } = outcomesOf(asked, await answer(asked));
          return { accuracy: mean(correct), macs: mean(macs) };
        });
        line.clear();
        const samples = view.indices.length;
        reportKept(found, target, { opened, reference, what, samples, ...flags });
        return;
      }
      const result = choose(network, answers, target);
      const percent = (x: number) => `${(100 * x).toFixed(2)} %`;
      const saved = 1 - result.macs / network.plan.denseMacs;
      if (!result.met)
        warn(
          target.kind === "accuracy"
            ? `the target of ${percent(target.atLeast)} is not met: the classifiers reach ${percent(result.limits.accuracy)} at most; what comes nearest is kept`
            : `the target of ${percent(flags.cost!)} of the MACs is not met: the first exit alone takes ${percent(result.limits.macs / network.plan.denseMacs)}; what comes nearest is kept`,
        );
      saveOnnx(withPlan({ graph: opened.graph, plan: result.network.plan }), flags.output);
      const summary = {
        samples: answers.samples,
        accuracy: result.accuracy,
        standardError: standardError(result.accuracy, answers.samples),
        ...(reference !== undefined && { reference }),
        macs: result.macs,
        saved,
        met: result.met,
        exits: result.exits,
      };
      if (flags.format === "json") printJson({ output: flags.output, ...summary });
      else
        printRows(
          [
            { key: "exit", value: (e) => e.name },
            { key: "threshold", value: (e) => e.threshold },
            { key: "temperature", value: (e) => e.temperature },
            {
              key: "calibrationError",
              label: "calibration error",
              value: (e) => e.error[1],
              text: (e) => `${percent(e.error[0])} -> ${percent(e.error[1])}`,
            },
          ],
          result.exits,
          flags.format,
        );
      const beside = flags.dense === undefined ? "the last classifier alone" : "dense";
      say(
        `on ${what}: accuracy ${percent(result.accuracy)}${reference === undefined ? "" : ` (${beside} ${percent(reference)})`}, ${percent(saved)} of the MACs saved: ${flags.output}`,
      );
      say(certaintyText(result.accuracy, answers.samples));
    });

function accuracyOf(logits: Float32Array, labels: Int32Array, classes: number): number {
  let right = 0;
  for (const [i, label] of labels.entries()) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    if (row.indexOf(Math.max(...row)) === label) right++;
  }
  return right / labels.length;
}

function points(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 100))
    throw new InvalidArgumentError("expected points of accuracy from 0 to 100.");
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value <= 1))
    throw new InvalidArgumentError("expected a share above 0, to 1.");
  return value;
}
