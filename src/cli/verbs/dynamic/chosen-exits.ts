/** What a calibration of exits says and writes. */
import { mean } from "../../../base/stats.ts";
import type { AssuredTarget } from "../../../dynamic/evaluation/assured.ts";
import type { Calibration } from "../../../dynamic/evaluation/calibrate.ts";
import { paired } from "../../../dynamic/evaluation/paired.ts";
import type { Target } from "../../../dynamic/evaluation/thresholds.ts";
import { type DynamicNetwork, withPlan } from "../../../dynamic/plan.ts";
import { saveOnnx } from "../../../onnx/index.ts";
import type { RowFormat } from "../../../report/index.ts";
import { printJson, printRows } from "../../print.ts";
import { say, warn } from "../../talk.ts";
import { lossFields, notAssured, sayCertainty, standardError } from "./certainty.ts";

export interface ExitsReport {
  /** As it was read: its image's size is its own. */
  readonly opened: DynamicNetwork;
  /** 1 for each sample that what the drop counts from answers rightly; undefined for a target of cost. */
  readonly right: Uint8Array | undefined;
  /** The same of the network with its thresholds. */
  readonly correct: Uint8Array;
  /** The dense network, if the drop counts from one; undefined: from the last classifier alone. */
  readonly dense?: string;
  /** The samples, in words. */
  readonly what: string;
  readonly output: string;
  readonly format: RowFormat;
}

const percent = (x: number) => `${(100 * x).toFixed(2)} %`;

/** The exits as rows on stdout; a target that is not met as a warning, with the closest point and why. */
export function reportExits(
  result: Calibration,
  target: Target | AssuredTarget,
  { opened, right, correct, dense, what, output, format }: ExitsReport,
): void {
  const { denseMacs } = opened.plan;
  const samples = correct.length;
  const saved = 1 - result.macs / denseMacs;
  if (!result.met) warn(notMet(result, target, denseMacs, samples));
  const counts = right && paired(right, correct);
  saveOnnx(withPlan({ graph: opened.graph, plan: result.network.plan }), output);
  if (format === "json")
    printJson({
      output,
      samples,
      accuracy: result.accuracy,
      standardError: standardError(result.accuracy, samples),
      ...(right !== undefined && { reference: mean(right), ...lossFields(counts!) }),
      ...(target.kind === "assured" && { confidence: target.confidence }),
      macs: result.macs,
      saved,
      met: result.met,
      exits: result.exits,
    });
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
      format,
    );
  const beside = dense === undefined ? "the last classifier alone" : "dense";
  say(
    `on ${what}: accuracy ${percent(result.accuracy)}${right === undefined ? "" : ` (${beside} ${percent(mean(right))})`}, ${percent(saved)} of the MACs saved: ${output}`,
  );
  sayCertainty({ accuracy: result.accuracy, samples, counts, target, met: result.met });
}

function notMet(
  { limits, exits }: Calibration,
  target: Target | AssuredTarget,
  denseMacs: number,
  samples: number,
): string {
  if (target.kind === "accuracy")
    return `the target of ${percent(target.atLeast)} is not met: the classifiers reach ${percent(limits.accuracy)} at most; what comes nearest is kept`;
  if (target.kind === "cost")
    return `the target of ${percent(target.atMost / denseMacs)} of the MACs is not met: the first exit alone takes ${percent(limits.macs / denseMacs)}; what comes nearest is kept`;
  // Of several exits, half of the samples say which choices are to be tested.
  return notAssured(target, exits.length > 1 ? Math.floor(samples / 2) : samples);
}
