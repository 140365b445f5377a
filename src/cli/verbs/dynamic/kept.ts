/** What a calibration of attention says and writes. */
import { mean } from "../../../base/stats.ts";
import type { AssuredTarget } from "../../../dynamic/evaluation/assured.ts";
import type { KeptCalibration } from "../../../dynamic/evaluation/kept.ts";
import { paired } from "../../../dynamic/evaluation/paired.ts";
import type { Target } from "../../../dynamic/evaluation/thresholds.ts";
import { type DynamicNetwork, type Region, withPlan } from "../../../dynamic/plan.ts";
import { saveOnnx } from "../../../onnx/index.ts";
import type { RowFormat } from "../../../report/index.ts";
import { printJson, printRows } from "../../print.ts";
import { say, warn } from "../../talk.ts";
import { lossFields, notAssured, sayCertainty, standardError } from "./certainty.ts";

export interface KeptReport {
  /** As it was read: its image's size is its own. */
  readonly opened: DynamicNetwork;
  /** 1 for each sample that what the drop counts from answers rightly; undefined where nothing is dropped from. */
  readonly right: Uint8Array | undefined;
  /** What that is; undefined: the network itself with all kept. */
  readonly dense?: string;
  /** The samples, in words. */
  readonly what: string;
  readonly samples: number;
  readonly output: string;
  readonly format: RowFormat;
}

const percent = (x: number) => `${(100 * x).toFixed(2)} %`;

/** The regions as rows on stdout; a target that is not met as a warning, with the closest point and why. */
export function reportKept(
  { choice, met, limits, tried }: KeptCalibration,
  target: Target | AssuredTarget,
  { opened, right, dense, what, samples, output, format }: KeptReport,
): void {
  const { denseMacs } = opened.plan;
  const saved = 1 - choice.macs / denseMacs;
  if (!met)
    warn(
      target.kind === "accuracy"
        ? `the target of ${percent(target.atLeast)} is not met: with all kept the network reaches ${percent(limits.most.accuracy)}; the most accurate of ${tried} is kept, ${percent(choice.accuracy)}`
        : target.kind === "assured"
          ? notAssured(target, samples)
          : `the target of ${percent(target.atMost / denseMacs)} of the MACs is not met: what lies outside of the regions takes ${percent(limits.least.macs / denseMacs)} alone; the cheapest of ${tried} is kept`,
    );
  const { plan } = choice.network;
  const counts = right && paired(right, choice.correct!);
  saveOnnx(withPlan({ graph: opened.graph, plan }), output);
  const rows = plan.regions.map((region) => ({ name: region.name, ...keptOf(region) }));
  if (format === "json")
    printJson({
      output,
      samples,
      accuracy: choice.accuracy,
      standardError: standardError(choice.accuracy, samples),
      ...(right !== undefined && { reference: mean(right), ...lossFields(counts!) }),
      ...(target.kind === "assured" && { confidence: target.confidence }),
      macs: choice.macs,
      saved,
      met,
      factor: choice.factor,
      tried,
      regions: rows,
    });
  else
    printRows(
      [
        { key: "region", value: (row) => row.name },
        { key: "rule", value: (row) => row.rule },
        { key: "value", value: (row) => row.value },
      ],
      rows,
      format,
    );
  say(
    `on ${what}: accuracy ${percent(choice.accuracy)}${right === undefined ? "" : ` (${dense === undefined ? "with all kept" : "dense"} ${percent(mean(right))})`}, ${percent(saved)} of the MACs saved: ${output}`,
  );
  sayCertainty({ accuracy: choice.accuracy, samples, counts, target, met });
}

function keptOf(region: Region): { readonly rule: string; readonly value: number } {
  if (region.kind === "layer") return { rule: "gate", value: region.threshold };
  const { keep } = region;
  return { rule: keep.rule, value: keep.rule === "top" ? keep.share : keep.value };
}
