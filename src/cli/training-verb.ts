/** What `tidemark train` and `tidemark dynamic train` share: flags, and a training in a process of its own. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { UserError } from "../base/errors.ts";
import { ChildPool } from "../runtime/child/index.ts";
import { KNOWN_DATASETS, parseAugment } from "../runtime/data/index.ts";
import type { FormRequest } from "../runtime/training/form-maker.ts";
import type { TrainingRecord } from "../runtime/training/record.ts";
import { recipe } from "../runtime/training/trainer-recipe.ts";
import type { RunStatus } from "../runtime/training/trainer-run.ts";
import type { OpenTraining, TrainingTasks } from "../runtime/training/training-jobs.ts";
import { looksLikePath, unknownModel, zooReference } from "../zoo/reference.ts";
import {
  addDatasetOptions,
  DATASET_HELP,
  type DatasetFlags,
  readOptions,
  showReading,
} from "./dataset-options.ts";
import { type Formatted, formatOption, integer, positive } from "./options.ts";
import { refuseInput } from "./outputs.ts";
import { printJson, printRows } from "./print.ts";
import { ProgressLine } from "./progress-line.ts";
import { stopOnSignal } from "./stop-signal.ts";
import { say, warn } from "./talk.ts";
import { conclude, epochColumns, introduce, progressText, tell } from "./training-talk.ts";
import { version } from "./version.ts";

export interface TrainingFlags extends DatasetFlags, Formatted {
  readonly data?: string;
  readonly epochs?: number;
  readonly batch?: number;
  readonly lr?: number;
  readonly optimizer?: "sgd" | "adamw";
  readonly momentum?: number;
  readonly weightDecay?: number;
  readonly schedule?: "constant" | "cosine" | "one-cycle";
  readonly warmup?: number;
  readonly labelSmoothing?: number;
  readonly clip?: number;
  readonly ema?: number;
  readonly augment?: string;
  readonly seed?: number;
  readonly validation?: number;
  readonly test?: number;
  readonly evaluateEvery?: number;
  readonly fromScratch?: boolean;
  readonly threads?: number;
  readonly checkpointEvery?: number;
  readonly checkpoints?: string;
  readonly resume?: string;
  readonly overwrite?: boolean;
  readonly output?: string;
}

/** How long the child trains before it reports. */
const REPORT_MS = 400;

/** Which trainings a verb is for. */
export interface TrainingKind {
  /** As the user types it, e.g. `tidemark train`. */
  readonly command: string;
  readonly tasks: TrainingTasks;
  readonly form?: FormRequest;
  /** Whether networks of the zoo may be named. */
  readonly zoo: boolean;
}

export function addTrainingOptions(command: Command): Command {
  return addDatasetOptions(
    command
      .option("--data <dataset>", DATASET_HELP)
      .option("-n, --epochs <n>", "passes over the training samples", integer(1))
      .option(
        "-b, --batch <n>",
        "samples in a step (default: 128, or a tenth of the samples)",
        integer(1),
      )
      .option("--lr <rate>", "highest learning rate (default: 0.1; adamw: 0.001)", positive)
      .addOption(new Option("--optimizer <name>", "(default: sgd)").choices(["sgd", "adamw"]))
      .option("--momentum <m>", "of sgd, Nesterov's (default: 0.9)", share)
      .option("--weight-decay <w>", "(default: 0.0005; adamw: 0.01)", nonNegative)
      .addOption(
        new Option("--schedule <name>", "of the learning rate (default: one-cycle)").choices([
          "constant",
          "cosine",
          "one-cycle",
        ]),
      )
      .option("--warmup <epochs>", "of rising rate before a cosine", nonNegative)
      .option("--label-smoothing <s>", "share of a label that goes to all classes", share)
      .option("--clip <norm>", "limit of the gradient's norm", positive)
      .option(
        "--ema <decay>",
        "keep a moving average of the weights, e.g. 0.999, and write it",
        share,
      )
      .option("--augment <list>", "e.g. crop=4,flip,cutout=8,mixup=0.2 (default: none)")
      .option("--seed <n>", "of weights, order, augmentation and splits (default: 0)", integer(0))
      .option("--validation <share>", "hold back training samples to validate on each epoch", share)
      .option(
        "--test <share>",
        "hold back for the test where the data has none (default: 0.2)",
        share,
      )
      .option("--evaluate-every <epochs>", "the last is evaluated always (default: 1)", integer(1))
      .option("--from-scratch", "ONNX files: draw fresh weights instead of training on from theirs")
      .option("-t, --threads <n>", "1 repeats bit for bit (default: all cores)", integer(1))
      .option("--checkpoint-every <steps>", "besides each epoch's end and five minutes", integer(1))
      .option("--checkpoints <folder>", "where (default: OUT without .onnx, with .training)")
      .option("--resume <folder>", "go on with a training that was stopped, as it was begun")
      .option(
        "--overwrite",
        "begin anew where a training was begun before; its checkpoints are lost",
      )
      .option("-o, --output <file.onnx>", "the trained network (default: NETWORK-DATA.onnx)"),
  ).addOption(formatOption());
}

/** Trains as the flags say and prints the epochs. */
export async function trainAs(
  kind: TrainingKind,
  model: string | undefined,
  flags: TrainingFlags,
): Promise<void> {
  const input = flags.resume === undefined ? startOf(kind, model, flags) : resumeOf(model, flags);
  const record = await run(kind, input);
  if (flags.format === "json") printJson(record);
  else printRows(epochColumns(record), record.epochs, flags.format);
}

function startOf(
  kind: TrainingKind,
  model: string | undefined,
  flags: TrainingFlags,
): OpenTraining {
  const missing = [
    ...(model === undefined ? ["a model"] : []),
    ...(flags.data === undefined ? ["--data"] : []),
    ...(flags.epochs === undefined ? ["--epochs"] : []),
  ];
  if (model === undefined || flags.data === undefined || flags.epochs === undefined)
    throw new UserError(`train needs ${missing.join(", ")}`, {
      hint: "e.g. tidemark train resnet-cifar --data fashion-mnist-tiny --epochs 5; or --resume FOLDER",
      exitCode: 2,
    });
  if (flags.momentum !== undefined && flags.optimizer === "adamw")
    throw new UserError("--momentum has no effect: adamw has none", {
      hint: "leave it out, or choose --optimizer sgd",
      exitCode: 2,
    });
  const zoo = kind.zoo && !looksLikePath(model) ? zooReference(model) : undefined;
  if (zoo === undefined && !existsSync(model)) throw unknownModel(model);
  if (zoo !== undefined && flags.fromScratch === true)
    throw new UserError(`--from-scratch is for ONNX files; ${model} has no weights yet`, {
      hint: "leave it out",
      exitCode: 2,
    });
  const out = resolve(flags.output ?? `${nameOf(model)}-${nameOf(flags.data)}.onnx`);
  refuseInput("-o", out, zoo === undefined ? [model] : []);
  if (!/\.onnx(\.gz)?$/i.test(out))
    throw new UserError(`-o ${flags.output}: the trained network is an ONNX file`, {
      hint: "give a name that ends in .onnx or .onnx.gz",
      exitCode: 2,
    });
  return {
    kind: "start",
    folder: resolve(flags.checkpoints ?? `${out.replace(/\.onnx(\.gz)?$/i, "")}.training`),
    tidemark: version(),
    overwrite: flags.overwrite === true,
    request: {
      model: zoo === undefined ? resolve(model) : model,
      data: dataReference(flags.data),
      read: { ...readOptions(flags), size: flags.size && [...flags.size] },
      recipe: recipe({
        epochs: flags.epochs,
        batch: flags.batch,
        optimizer: flags.optimizer,
        learningRate: flags.lr,
        momentum: flags.momentum,
        weightDecay: flags.weightDecay,
        schedule: flags.schedule,
        warmup: flags.warmup,
        labelSmoothing: flags.labelSmoothing,
        clipNorm: flags.clip,
        emaDecay: flags.ema,
        augment: flags.augment === undefined ? undefined : parseAugment(flags.augment),
        seed: flags.seed,
        validation: flags.validation,
        test: flags.test,
        evaluateEvery: flags.evaluateEvery,
      }),
      weights: zoo === undefined && flags.fromScratch !== true ? "keep" : "draw",
      ...(kind.form !== undefined && { form: kind.form }),
      threads: flags.threads,
      checkpointEverySteps: flags.checkpointEvery,
      out,
    },
  };
}

/** What may differ from the run that is resumed; all else is as it was begun. */
const CHANGEABLE = ["resume", "data", "output", "threads", "checkpointEvery", "format", "cache"];

function resumeOf(model: string | undefined, flags: TrainingFlags): OpenTraining {
  const fixed = Object.entries(flags).filter(
    ([name, value]) => value !== undefined && !CHANGEABLE.includes(name),
  );
  if (model !== undefined || fixed.length > 0)
    throw new UserError(
      `--resume goes on as the training was begun; it takes no ${model === undefined ? `--${kebab(fixed[0]![0])}` : "model"}`,
      { hint: "leave it out, or begin a new training", exitCode: 2 },
    );
  return {
    kind: "resume",
    folder: resolve(flags.resume!),
    tidemark: version(),
    changes: {
      ...(flags.data !== undefined && { data: dataReference(flags.data) }),
      ...(flags.output !== undefined && { out: resolve(flags.output) }),
      ...(flags.threads !== undefined && { threads: flags.threads }),
      ...(flags.checkpointEvery !== undefined && { checkpointEverySteps: flags.checkpointEvery }),
    },
  };
}

async function run({ command, tasks }: TrainingKind, input: OpenTraining): Promise<TrainingRecord> {
  const { folder } = input;
  const pool = new ChildPool();
  const line = new ProgressLine();
  const stop = stopOnSignal(() => {
    line.clear();
    say(
      "keeping a checkpoint; press Ctrl-C again to stop at once, which loses what came after the last",
    );
  });
  const began = performance.now();
  let opened = false;
  try {
    line.show("reading data, building the training step");
    const summary = await pool.run(tasks.open, input, {
      what: "train",
      signal: stop.signal,
      onProgress: showReading(line),
    });
    opened = true;
    line.clear();
    introduce(summary);
    tell(summary, line);
    for (let status: RunStatus = summary; !status.done; ) {
      if (stop.signal.aborted) {
        tell(await pool.run(tasks.checkpoint, folder, { what: "train", affinity: folder }), line);
        throw new UserError(`stopped at step ${status.progress.step} of ${status.progress.steps}`, {
          hint: `go on: ${command} --resume ${folder}`,
        });
      }
      line.show(progressText(status.progress));
      status = await pool.run(
        tasks.advance,
        { folder, ms: REPORT_MS },
        { what: "train", affinity: folder },
      );
      tell(status, line);
    }
    line.show("writing the trained network");
    const { record, files, warnings } = await pool.run(tasks.finish, folder, { what: "train" });
    line.clear();
    for (const text of warnings) warn(text);
    conclude(record, files, performance.now() - began);
    return record;
  } catch (error) {
    line.clear();
    if (!(error instanceof UserError) || !opened || pool.pids.length > 0) throw error;
    throw new UserError(error.message, {
      hint: `go on from the last checkpoint: ${command} --resume ${folder}`,
      cause: error,
    });
  } finally {
    line.clear();
    stop.release();
    await pool.close();
  }
}

/** A path is made absolute, since the training may be resumed from elsewhere; a name stays. */
function dataReference(data: string): string {
  const known = KNOWN_DATASETS.some((each) => each.name === data);
  return !known && (/[/\\.]/.test(data) || existsSync(data)) ? resolve(data) : data;
}

function nameOf(reference: string): string {
  const last = reference.split(/[/\\]/).findLast((part) => part !== "" && part !== ".") ?? "data";
  const plain = last.replace(/\.(onnx(\.gz)?|tar\.gz|tgz|tar|csv(\.gz)?)$/i, "");
  return plain.replaceAll(/[^\w.-]+/g, "-").slice(0, 60);
}

const kebab = (name: string) => name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < 1))
    throw new InvalidArgumentError("expected a number from 0 to below 1.");
  return value;
}

export function nonNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError("expected a number from 0.");
  return value;
}
