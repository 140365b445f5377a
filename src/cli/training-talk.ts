/** What `tidemark train` says while it trains, and the table at its end. */
import { type Column, formatDuration, printable } from "../report/index.ts";
import type { TrainingProgress } from "../runtime/training/progress.ts";
import type { TrainingRecord } from "../runtime/training/record.ts";
import type { EpochMetrics, Score } from "../runtime/training/trainer.ts";
import type { RunStatus, RunSummary } from "../runtime/training/trainer-run.ts";
import type { ProgressLine } from "./progress-line.ts";
import { say, warn } from "./talk.ts";

export function introduce({
  network,
  parameters,
  data,
  counts,
  folder,
  progress,
}: RunSummary): void {
  const count = (n: number) => n.toLocaleString("en-US");
  const splits = Object.entries(counts).map(([split, n]) => `${count(n)} ${split}`);
  say(
    `${printable(network)}, ${count(parameters)} parameters, on ${printable(data)}: ${splits.join(", ")}`,
  );
  const from = progress.step > 0 ? `from step ${count(progress.step)} of` : "for";
  say(`training ${from} ${count(progress.steps)} steps; checkpoints in ${folder}`);
}

export function tell(status: RunStatus, line: ProgressLine): void {
  const { warnings, ended, progress } = status;
  if (warnings.length > 0) line.clear();
  for (const text of warnings) warn(text);
  if (ended === undefined || !process.stderr.isTTY) return;
  line.clear();
  say(epochText(ended, progress.epochs));
}

export function conclude(record: TrainingRecord, files: readonly string[], ms: number): void {
  for (const split of ["validation", "test"] as const) {
    const score = record.result?.[split];
    if (score !== undefined)
      say(
        `${split} accuracy ${percent(score.accuracy)}, loss ${score.loss.toPrecision(4)}${exitsText(score)}`,
      );
  }
  say(`trained in ${formatDuration(ms)}: ${files.join(", ")}`);
}

/** The exits of a dynamic network. */
function exitsText({ exits = {} }: Score): string {
  const each = Object.entries(exits).map(([name, accuracy]) => `${name} ${percent(accuracy)}`);
  return each.length === 0 ? "" : `; accuracy of exits: ${each.join(", ")}`;
}

export function progressText(p: TrainingProgress): string {
  const started = Number.isFinite(p.loss);
  return [
    `epoch ${p.epoch} of ${p.epochs}`,
    `${Math.floor((100 * p.step) / p.steps)} %`,
    started ? `loss ${p.loss.toPrecision(3)}` : "",
    started ? `accuracy ${percent(p.accuracy)}` : "",
    p.samplesPerSecond > 0
      ? `${Math.round(p.samplesPerSecond).toLocaleString("en-US")} samples/s`
      : "",
    p.secondsLeft === undefined ? "" : `${formatDuration(1000 * p.secondsLeft)} left`,
  ]
    .filter((part) => part !== "")
    .join("   ");
}

function epochText(m: EpochMetrics, epochs: number): string {
  const score = (name: string, s: EpochMetrics["train"] | undefined) =>
    s === undefined ? "" : `   ${name} ${percent(s.accuracy)} (loss ${s.loss.toPrecision(3)})`;
  return `epoch ${m.epoch} of ${epochs}${score("train", m.train)}${score("validation", m.validation)}${score("test", m.test)}   ${formatDuration(1000 * m.seconds)}`;
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

const COLUMNS: readonly Column<EpochMetrics>[] = [
  { key: "epoch", value: (m) => m.epoch },
  { key: "trainLoss", value: (m) => m.train.loss },
  { key: "trainAccuracy", value: (m) => m.train.accuracy, text: (m) => percent(m.train.accuracy) },
  ...(["validation", "test"] as const).flatMap((split): Column<EpochMetrics>[] => [
    { key: `${split}Loss`, value: (m) => m[split]?.loss },
    {
      key: `${split}Accuracy`,
      value: (m) => m[split]?.accuracy,
      text: (m) => (m[split] === undefined ? "" : percent(m[split].accuracy)),
    },
  ]),
  { key: "learningRate", value: (m) => m.learningRate, digits: 3 },
  { key: "seconds", value: (m) => m.seconds, unit: "s" },
  { key: "samplesPerSecond", label: "samples/s", value: (m) => m.samplesPerSecond },
  { key: "preparationShare", value: (m) => m.preparationShare, hidden: true },
];

/** Columns of the epochs' table: those of splits that were evaluated. */
export function epochColumns(record: TrainingRecord): readonly Column<EpochMetrics>[] {
  return COLUMNS.filter(({ key }) => hasColumn(key, record));
}

function hasColumn(key: string, { epochs }: TrainingRecord): boolean {
  const [split] = /^(validation|test)/.exec(key) ?? [];
  return split === undefined || epochs.some((m) => m[split as "validation" | "test"] !== undefined);
}
