/** `tidemark run MODEL`: runs a network on ONNX Runtime; its outputs, and how long it takes. */
import { join, resolve } from "node:path";
import { Command, Option } from "commander";
import { UserError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { median, quantile } from "../../base/stats.ts";
import type { Graph } from "../../graph/types.ts";
import { type Column, formatDuration, formatUs } from "../../report/index.ts";
import { SPLITS, type Split } from "../../runtime/data/index.ts";
import { makeFolder } from "../../runtime/folder.ts";
import {
  type DenseTensor,
  nodeEngine,
  type Session,
  type SessionOptions,
} from "../../runtime/index.ts";
import { writeNpy } from "../../runtime/npy.ts";
import { type TensorStatistics, tensorStatistics } from "../../runtime/statistics.ts";
import { addDatasetOptions, DATASET_HELP, type DatasetFlags } from "../dataset-options.ts";
import { MODEL_HELP, openModel } from "../model.ts";
import { runOnData } from "../model-on-data.ts";
import { type Formatted, formatOption, integer, sizes } from "../options.ts";
import { filesOf, refuseInput } from "../outputs.ts";
import { printJson, printRows } from "../print.ts";
import { ProgressLine } from "../progress-line.ts";
import { readInputs } from "../run-inputs.ts";
import { stopOnSignal } from "../stop-signal.ts";
import { say } from "../talk.ts";
import { writeWhole } from "../whole-file.ts";

interface Options extends Formatted {
  readonly input: readonly string[];
  readonly batch?: number;
  readonly dim: Readonly<Record<string, number>>;
  readonly threads?: number;
  readonly provider: NonNullable<SessionOptions["provider"]>;
  readonly repeat: number;
  readonly warmup: number;
  readonly seed: number;
  readonly output?: string;
  readonly data?: string;
  readonly split?: Split;
}

interface OutputRow extends TensorStatistics {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

const COLUMNS: readonly Column<OutputRow>[] = [
  { key: "name", value: (r) => r.name, keep: true },
  { key: "dtype", value: (r) => r.dtype },
  { key: "shape", value: (r) => r.shape, text: (r) => `[${r.shape.join(", ")}]` },
  { key: "mean", value: (r) => r.mean },
  { key: "std", value: (r) => r.std },
  { key: "min", value: (r) => r.min },
  { key: "max", value: (r) => r.max },
  { key: "notFinite", label: "NaN, inf", value: (r) => r.notFinite },
];

export const run = () => addDatasetOptions(verb()).addOption(formatOption()).action(act);

const verb = () =>
  new Command("run")
    .description(
      "run a network on ONNX Runtime: its outputs, and how long it takes; or its accuracy on data",
    )
    .argument("<model>", MODEL_HELP)
    .option(
      "-i, --input <name=file>",
      "a .npy or .json file, or the word random (default); repeat for more inputs",
      (text: string, before: readonly string[]) => [...before, text],
      [],
    )
    .option(
      "-b, --batch <n>",
      "batch size of random inputs (default: 1 where it is free)",
      integer(1),
    )
    .option("--dim <name=size>", "size of another free dimension; repeat for more", sizes, {})
    .option("--threads <n>", "threads inside one operator (default: one a core)", integer(1))
    .addOption(
      new Option("--provider <provider>", "where it runs")
        .choices(["cpu", "webgpu"])
        .default("cpu"),
    )
    .option("--repeat <n>", "timed runs", integer(1), 10)
    .option("--warmup <n>", "runs before the timed ones", integer(0), 2)
    .option("--seed <n>", "of random inputs", integer(0), 0)
    .option("-o, --output <folder>", "write each output as a .npy file")
    .option("--data <dataset>", `accuracy and loss on ${DATASET_HELP}`)
    .addOption(new Option("--split <name>", "of the data (default: test)").choices(SPLITS));

async function act(model: string, options: Options & DatasetFlags, command: Command) {
  const { data } = options;
  if (data !== undefined) return runOnData(model, { ...options, data }, command);
  const alone = ["split", "size", "fit", "channels", "label", "coarse", "cache"].find(
    (name) => command.getOptionValueSource(name) === "cli",
  );
  if (alone !== undefined)
    throw new UserError(`--${alone === "cache" ? "no-cache" : alone} needs --data`, {
      hint: "give the data set, or leave it out",
      exitCode: 2,
    });
  const graph = openModel(model);
  const { feeds, files } = readInputs(graph, options);
  const targets = targetsOf(graph, options.output);
  for (const path of targets.values())
    refuseInput("-o", path, [...filesOf(model, graph), ...files]);
  const line = new ProgressLine();
  line.show(`loading ${model}`);
  const began = performance.now();
  let session: Session | undefined;
  try {
    session = await nodeEngine.open(graph, {
      provider: options.provider,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
    });
    const loadMs = performance.now() - began;
    const { outputs, timesMs } = await timed(session, feeds, options, line);
    line.clear();
    if (options.output !== undefined) write(outputs, targets, options.output);
    print(model, options, { feeds, outputs, timesMs, loadMs });
  } finally {
    line.clear();
    await session?.release();
  }
}

async function timed(
  session: Session,
  feeds: Readonly<Record<string, DenseTensor>>,
  { repeat, warmup }: Options,
  line: ProgressLine,
) {
  const stop = stopOnSignal();
  const timesMs: number[] = [];
  let outputs: Readonly<Record<string, DenseTensor>> = {};
  try {
    for (let i = -warmup; i < repeat; i++) {
      const began = performance.now();
      outputs = await session.run(feeds);
      if (i >= 0) timesMs.push(performance.now() - began);
      line.show(
        i < 0 ? "warming up" : `run ${i + 1} of ${repeat}   ${formatUs(1000 * median(timesMs))}`,
      );
      if (stop.signal.aborted) throw new UserError("stopped before all runs were made");
    }
  } finally {
    stop.release();
  }
  return { outputs, timesMs };
}

interface Outcome {
  readonly feeds: Readonly<Record<string, DenseTensor>>;
  readonly outputs: Readonly<Record<string, DenseTensor>>;
  readonly timesMs: readonly number[];
  readonly loadMs: number;
}

function print(
  model: string,
  options: Options,
  { feeds, outputs, timesMs, loadMs }: Outcome,
): void {
  const rows = Object.entries(outputs).map(([name, tensor]): OutputRow => {
    return { name, dtype: tensor.dtype, shape: tensor.dims, ...tensorStatistics(tensor) };
  });
  const samples = Object.values(feeds)[0]?.dims[0] ?? 1;
  const latencyMs = {
    min: quantile(timesMs, 0),
    median: median(timesMs),
    p95: quantile(timesMs, 0.95),
    max: quantile(timesMs, 1),
  };
  const samplesPerSecond = (1000 * samples) / latencyMs.median;
  if (options.format === "json")
    printJson({
      model,
      engine: nodeEngine.name,
      provider: options.provider,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
      inputs: Object.entries(feeds).map(([name, { dtype, dims }]) => ({
        name,
        dtype,
        shape: dims,
      })),
      runs: timesMs.length,
      loadMs,
      latencyMs,
      samplesPerSecond,
      outputs: rows as unknown as Json,
    });
  else if (options.format === "csv") printRows(COLUMNS, rows, "csv");
  else {
    const us = (ms: number) => formatUs(1000 * ms);
    process.stdout.write(
      `latency      ${us(latencyMs.median)} median of ${timesMs.length}, ${us(latencyMs.min)} least, ${us(latencyMs.p95)} at 95 %\n` +
        `throughput   ${samplesPerSecond.toPrecision(4)} samples/s in batches of ${samples}\n` +
        `loading      ${formatDuration(loadMs)}\n\n`,
    );
    printRows(COLUMNS, rows, "table");
  }
}

/** Output names may hold slashes and colons; files may not. */
function targetsOf(graph: Graph, folder: string | undefined): ReadonlyMap<string, string> {
  const targets = new Map<string, string>();
  if (folder === undefined) return targets;
  const taken = new Set<string>();
  for (const { name } of graph.outputs) {
    const plain = name.replace(/[^\p{L}\p{N}._-]/gu, "_").replace(/^\.+/, "_") || "_";
    let file = plain;
    for (let i = 1; taken.has(file); i++) file = `${plain}_${i}`;
    taken.add(file);
    targets.set(name, join(folder, `${file}.npy`));
  }
  return targets;
}

function write(
  outputs: Readonly<Record<string, DenseTensor>>,
  targets: ReadonlyMap<string, string>,
  folder: string,
): void {
  const hint = "choose another folder for -o";
  try {
    makeFolder(folder);
  } catch (cause) {
    throw new UserError(`${resolve(folder)} cannot be made: ${(cause as Error).message}`, {
      hint,
      cause,
    });
  }
  for (const [name, tensor] of Object.entries(outputs))
    writeWhole(targets.get(name)!, writeNpy(tensor), hint);
  const count = Object.keys(outputs).length;
  say(`${count} ${count === 1 ? "output" : "outputs"} in ${resolve(folder)}`);
}
