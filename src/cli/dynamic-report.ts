/** What `tidemark dynamic run` prints. */
import type { Summary } from "../dynamic/evaluation/outcomes.ts";
import type { PredictedTime } from "../dynamic/evaluation/predicted.ts";
import type { Comparison } from "../dynamic/evaluation/reference.ts";
import type { SideTime } from "../dynamic/evaluation/timing.ts";
import { lossText } from "../report/dynamic/loss.ts";
import { predictedNotes } from "../report/dynamic/predicted.ts";
import { speedupText } from "../report/dynamic/speedup.ts";
import type { Column, RowFormat } from "../report/index.ts";
import { printRows } from "./print.ts";
import { say } from "./talk.ts";

export interface DynamicRun extends Omit<Summary, "dense"> {
  readonly dense?: Comparison;
  readonly predicted: readonly PredictedTime[];
  readonly times: readonly { readonly batch: number; readonly sides: readonly SideTime[] }[];
}

const percent = (x: number | undefined) => (x === undefined ? "" : `${(100 * x).toFixed(2)} %`);

/** The exits as rows on stdout; what they come to, time and classes on stderr. */
export function printDynamicRun(run: DynamicRun, format: RowFormat): void {
  printRows(EXITS, run.exits, format);
  const { macs } = run;
  say(
    `accuracy ${percent(run.accuracy)}${run.dense === undefined ? "" : ` (dense ${percent(run.dense.accuracy)}; ${lossText(run.dense)})`}; ${percent(macs.saved)} of the MACs saved: mean ${million(macs.mean)}, median ${million(macs.median)}, 90 % ${million(macs.p90)}, most ${million(macs.max)}, dense ${million(macs.dense)}`,
  );
  for (const { name, on } of run.regions) say(`${name}: on for ${percent(on)}`);
  for (const { batch, sides } of run.times)
    say(
      `batch ${batch}: ${sides
        .map(
          (side, i) =>
            `${side.name} ${side.msPerImage.toPrecision(3)} ms an image${i === 0 ? "" : `, ${speedupText(side)}`}`,
        )
        .join("; ")}`,
    );
  for (const p of run.predicted) say(predictedText(p));
  const dear = run.classes.toSorted((a, b) => b.cost - a.cost);
  say(
    `MACs by class, of dense: ${dear.map(({ name, cost }) => `${name} ${percent(cost)}`).join(", ")}`,
  );
}

/** One line, with the verdict first needed: whether the dynamic network is expected to pay there. */
export function predictedText(p: PredictedTime): string {
  const notes = predictedNotes(p);
  return `predicted, ${p.device}, batch ${p.batch}: dense ${p.denseMs.toPrecision(3)} ms, dynamic ${p.expectedMs.toPrecision(3)} ms expected (${p.speedup.toFixed(2)}x), ${p.worstMs.toPrecision(3)} ms at worst${notes.map((note) => `; ${note}`).join("")}`;
}

const million = (n: number) => `${(n / 1e6).toPrecision(3)} M`;

const EXITS: readonly Column<Summary["exits"][number]>[] = [
  { key: "exit", value: (e) => e.name },
  { key: "share", label: "inputs", value: (e) => e.share, text: (e) => percent(e.share) },
  {
    key: "accuracy",
    label: "accuracy there",
    value: (e) => e.accuracy,
    text: (e) => percent(e.accuracy),
  },
  {
    key: "alone",
    label: "accuracy if all left there",
    value: (e) => e.alone,
    text: (e) => percent(e.alone),
  },
  { key: "macs", label: "MACs up to it", value: (e) => e.macs },
  { key: "threshold", value: (e) => e.threshold },
];
