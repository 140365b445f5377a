/** `tidemark measure`: times kernels on the GPU at hand, and writes what it is as a device file. */
import { accessSync, closeSync, constants, openSync, writeSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { UserError } from "../../base/errors.ts";
import { parseDevice } from "../../gpu/device.ts";
import {
  COARSE_TICK_NS,
  deviceFile,
  findingRows,
  MEASUREMENT_COLUMNS,
  type MeasurementRow,
} from "../../gpu/measure/index.ts";
import { csvLine, formatJson } from "../../report/index.ts";
import { listDevices } from "../../study/index.ts";
import { type MeasureProgress, type MeasureResult, runMeasure } from "../../study/measure/index.ts";
import { FINDING_COLUMNS } from "../measure-rows.ts";
import { type Formatted, formatOption, positive } from "../options.ts";
import { printJson, printRows } from "../print.ts";
import { ProgressLine } from "../progress-line.ts";
import { stopOnSignal } from "../stop-signal.ts";
import { say, warn } from "../talk.ts";
import { writeWhole } from "../whole-file.ts";

interface Options extends Formatted {
  readonly output?: string;
  readonly csv?: string;
  readonly quick: boolean;
  readonly adapter?: string;
  readonly timeout: number;
}

export const measure = () =>
  new Command("measure")
    .description("time kernels on the GPU at hand; write its device file and its measurements")
    .option("-o, --output <device.json>", "write a device file, for --device of the other verbs")
    .option("--csv <file>", "write every measurement, as it is taken")
    .option("--quick", "fewer repetitions and smaller buffers: a first look", false)
    .option("--adapter <name>", "a part of the GPU's name, where there are several")
    .option("--timeout <seconds>", "longest silence of the GPU before it is given up", positive, 60)
    .addOption(formatOption())
    .addHelpText("after", help())
    .action(run);

async function run(options: Options): Promise<void> {
  const date = new Date().toISOString();
  if (options.output !== undefined) checkFolder(options.output);
  if (options.csv !== undefined) checkFolder(options.csv);
  // Opened by the first row: without a GPU, what was in the file before stays.
  let csv: number | undefined;
  const keep = (row: MeasurementRow) => {
    if (options.csv === undefined) return;
    if (csv === undefined) {
      csv = openSync(options.csv, "w");
      writeSync(csv, csvLine(MEASUREMENT_COLUMNS.map((c) => c.key)));
    }
    writeSync(csv, csvLine(MEASUREMENT_COLUMNS.map((column) => column.value(row))));
  };
  const line = new ProgressLine();
  const stop = stopOnSignal();
  const rows: MeasurementRow[] = [];
  let adapter: MeasurementRow["adapter"] | undefined;
  try {
    const result = await runMeasure({
      quick: options.quick,
      ...(options.adapter === undefined ? {} : { adapter: options.adapter }),
      silenceMs: 1000 * options.timeout,
      signal: stop.signal,
      onAdapter: (found) => {
        adapter = found;
      },
      onMeasurement: (measurement) => {
        const row = { ...measurement, adapter: adapter!, date };
        rows.push(row);
        keep(row);
      },
      onProgress: (progress) => line.show(progressText(progress)),
    });
    line.clear();
    const device = deviceFile({
      findings: result.findings,
      adapter: result.adapter,
      date: date.slice(0, 10),
      boards: listDevices(),
    });
    parseDevice(device, options.output ?? "the measured device");
    if (options.output !== undefined)
      writeWhole(options.output, formatJson(device), "choose another place for -o");
    print(options, { ...result, date, device, rows });
  } catch (error) {
    line.clear();
    throw error instanceof UserError ? withKept(error, rows.length, options.csv) : error;
  } finally {
    stop.release();
    if (csv !== undefined) closeSync(csv);
  }
}

function print(
  { format, output, csv }: Options,
  outcome: MeasureResult & {
    readonly date: string;
    readonly device: ReturnType<typeof deviceFile>;
    readonly rows: readonly MeasurementRow[];
  },
): void {
  const { adapter, findings, tickNs, rows } = outcome;
  if (format === "json") {
    printJson({
      adapter,
      date: outcome.date,
      tickNs,
      findings,
      device: outcome.device,
      measurements: outcome.measurements,
    });
  } else if (format === "csv") printRows(MEASUREMENT_COLUMNS, rows, "csv");
  else {
    process.stdout.write(
      `${adapter.device || "GPU"}, ${adapter.description}, ${adapter.runtime}\n\n`,
    );
    printRows(FINDING_COLUMNS, findingRows(findings), "table");
  }
  if (adapter.fallback)
    warn("this adapter is a CPU rasteriser: the figures describe the processor, not a GPU");
  if (tickNs > COARSE_TICK_NS)
    warn(`the GPU's timestamps move in steps of ${tickNs} ns: short kernels are uncertain`);
  say(`${rows.length} measurements${csv === undefined ? "" : `, in ${resolve(csv)}`}`);
  if (output !== undefined)
    say(`device file: ${resolve(output)}; use it as \`tidemark profile MODEL --device ${output}\``);
}

/** A minute of measuring must not end in a file that cannot be written. */
function checkFolder(path: string): void {
  const folder = dirname(resolve(path));
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new UserError(`${path}: the folder ${folder} cannot be written`, {
      hint: "choose another place",
      exitCode: 2,
      cause: error,
    });
  }
}

function withKept(error: UserError, rows: number, csv: string | undefined): UserError {
  const kept =
    csv === undefined || rows === 0
      ? ""
      : `${rows} measurements taken before are in ${resolve(csv)}`;
  return new UserError(error.message, {
    hint: [error.hint, kept].filter(Boolean).join("\n"),
    exitCode: error.exitCode,
    cause: error,
  });
}

function progressText({ step, steps, stage, what, measurements }: MeasureProgress): string {
  return `${step} of ${steps}: ${stage}   ${measurements} measured   ${what}`;
}

function help(): string {
  const width = Math.max(...MEASUREMENT_COLUMNS.map((c) => c.key.length));
  const columns = MEASUREMENT_COLUMNS.map((c) => `  ${c.key.padEnd(width)}  ${c.about}`);
  return `
Runs on WebGPU (Dawn), in a process of its own. Sweeps the number of workgroups and the width of a
product and a convolution one by one; the steps in their times give the number of SMs, the workgroups
that an SM holds, and the width of a layer's step. Times are medians of GPU timestamps after a warm-up.
Close other programs that use the GPU. What WebGPU does not show (registers, cache, power) comes from
the shipped device of that name or architecture, or from a default of confidence low.

Columns of --csv and --format csv:
${columns.join("\n")}`;
}
