/** `tidemark dynamic calibrate NET.onnx --data D (--drop X | --cost Y) -o OUT.onnx`. */
import { basename } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { UserError } from "../../../base/errors.ts";
import { mean } from "../../../base/stats.ts";
import { answersOf, GAP_HINT, gapOf } from "../../../dynamic/evaluation/answers.ts";
import type { AssuredTarget } from "../../../dynamic/evaluation/assured.ts";
import { calibrate as choose } from "../../../dynamic/evaluation/calibrate.ts";
import { surenessOf } from "../../../dynamic/evaluation/confidence.ts";
import { allKept, chooseKept, isAdjustable } from "../../../dynamic/evaluation/kept.ts";
import { outcomesOf } from "../../../dynamic/evaluation/outcomes.ts";
import { rightOf } from "../../../dynamic/evaluation/reference.ts";
import type { Target } from "../../../dynamic/evaluation/thresholds.ts";
import type { DynamicNetwork } from "../../../dynamic/plan.ts";
import {
  addDatasetOptions,
  DATASET_HELP,
  type DatasetFlags,
  openWithTalk,
} from "../../dataset-options.ts";
import { type Formatted, formatOption, integer } from "../../options.ts";
import { refuseInput, requireFolder } from "../../outputs.ts";
import { ProgressLine } from "../../progress-line.ts";
import { warnOfFew } from "./certainty.ts";
import { reportExits } from "./chosen-exits.ts";
import { reportKept } from "./kept.ts";
import { fitted, fittedDense, heldOut, openDense, openDynamic } from "./open.ts";

interface Flags extends DatasetFlags, Formatted {
  readonly data: string;
  readonly drop?: number;
  readonly cost?: number;
  readonly confidence?: number;
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
        "--confidence <share>",
        "that no more than --drop is lost on other samples either, e.g. 0.9",
        confidence,
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
      for (const name of ["dense", "confidence"] as const)
        if (flags[name] !== undefined && flags.cost !== undefined)
          throw new UserError(`--${name} has no effect with --cost`, {
            hint: "leave it out",
            exitCode: 2,
          });
      if (flags.confidence !== undefined && flags.drop === 0)
        throw new UserError("no samples can assure that nothing at all is lost (--drop 0)", {
          hint: "allow some, e.g. --drop 0.5, or leave out --confidence",
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
      const dense =
        flags.dense === undefined
          ? undefined
          : fittedDense(openDense(flags.dense), dataset, normalization);
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
          hint: GAP_HINT,
        });
      /** Who of the samples is answered rightly by what the drop counts from. */
      const right =
        flags.cost !== undefined
          ? undefined
          : dense === undefined
            ? surenessOf(answers.logits.at(-1)!, answers.labels, answers.classes, 1).correct
            : await rightOf(dense.graph, view, { normalization: dense.normalization, ...threads });
      const target = targetOf(flags, network.plan.denseMacs, right);
      if (!byExits) {
        const found = await chooseKept(network, target, async (asked) => {
          const { correct, macs } = outcomesOf(asked, await answer(asked));
          return { accuracy: mean(correct), macs: mean(macs), correct };
        });
        line.clear();
        const samples = view.indices.length;
        reportKept(found, target, { opened, right, what, samples, ...flags });
        return;
      }
      const result = choose(network, answers, target);
      reportExits(result, target, {
        opened,
        right,
        correct: outcomesOf(result.network, answers).correct,
        what,
        ...flags,
      });
    });

function targetOf(
  { drop, cost, confidence }: Flags,
  denseMacs: number,
  right: Uint8Array | undefined,
): Target | AssuredTarget {
  if (right === undefined) return { kind: "cost", atMost: cost! * denseMacs };
  const loss = drop! / 100;
  return confidence === undefined
    ? { kind: "accuracy", atLeast: mean(right) - loss }
    : { kind: "assured", loss, confidence, reference: right };
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

function confidence(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0.5 && value < 1))
    throw new InvalidArgumentError("expected a share from 0.5 to below 1, e.g. 0.9.");
  return value;
}
