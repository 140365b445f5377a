/** `tidemark calibrate DEVICE DATA.csv…`: a device file fitted to measurements of that device. */
import { Command } from "commander";
import { type Column, formatJson } from "../../report/index.ts";
import {
  type CalibrationResult,
  calibrateDevice,
  type FittedParameter,
} from "../../study/index.ts";
import { sayIgnored, sayLeftOut } from "../left-out.ts";
import { type Formatted, formatOption } from "../options.ts";
import { refuseInput } from "../outputs.ts";
import { printJson, printRows } from "../print.ts";
import { say, warn } from "../talk.ts";
import { writeWhole } from "../whole-file.ts";

interface Options extends Formatted {
  readonly output?: string;
  readonly force?: boolean;
}

type CalibratedFamily = CalibrationResult["families"][number];

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;

const FAMILIES: readonly Column<CalibratedFamily>[] = [
  { key: "data", value: (f) => f.data },
  { key: "family", value: (f) => f.family, keep: true },
  { key: "precision", value: (f) => f.precision },
  { key: "count", value: (f) => f.count },
  {
    key: "addedUs",
    label: "added us",
    value: (f) => f.addedUs ?? undefined,
    text: (f) => f.addedUs?.toFixed(1) ?? "",
    keep: true,
  },
  ...(["before", "after"] as const).flatMap((when): Column<CalibratedFamily>[] => [
    {
      key: `${when}Mape`,
      label: `MAPE ${when}`,
      value: (f) => f[when].mape,
      text: (f) => percent(f[when].mape),
      keep: true,
    },
    {
      key: `${when}MedianApe`,
      label: `median ${when}`,
      value: (f) => f[when].medianApe,
      text: (f) => percent(f[when].medianApe),
    },
    {
      key: `${when}Bias`,
      label: `bias ${when}`,
      value: (f) => f[when].bias,
      text: (f) => percent(f[when].bias),
    },
  ]),
];

const PARAMETERS: readonly Column<FittedParameter>[] = [
  { key: "parameter", value: (p) => p.name, keep: true },
  { key: "before", value: (p) => p.before },
  { key: "after", value: (p) => p.after },
  { key: "fitted", value: (p) => p.fitted, text: (p) => (p.fitted ? "yes" : "no") },
  { key: "atBound", label: "at its bound", value: (p) => p.atBound ?? undefined },
  { key: "reason", label: "why it stays", value: (p) => p.reason ?? undefined },
];

export const calibrate = () =>
  new Command("calibrate")
    .description("fit a device to measurements of it; errors before and after by cross-validation")
    .argument("<device>", "a device of `tidemark devices`, or a device file")
    .argument("<data.csv...>", "measured tables, as `tidemark validate` reads them")
    .option("-o, --output <device.json>", "write the new device file, for --device of other verbs")
    .option(
      "--force",
      "take a fit that is implausible or no better than before; the file then says what is against it",
    )
    .addOption(formatOption())
    .action((device: string, paths: string[], { format, output, force }: Options) => {
      if (output !== undefined) refuseInput("-o", output, paths);
      const result = calibrateDevice(device, paths, {
        date: new Date().toISOString().slice(0, 10),
        ...(force === undefined ? {} : { force }),
      });
      if (output !== undefined)
        writeWhole(output, formatJson(result.device), "choose another place with -o");
      if (format === "json") printJson(result);
      else if (format === "csv") printRows(FAMILIES, result.families, "csv");
      else {
        printRows(FAMILIES, result.families, "table");
        process.stdout.write("\n");
        printRows(PARAMETERS, result.parameters, "table");
      }
      talk(result, output);
    });

function talk(result: CalibrationResult, output: string | undefined): void {
  const { sustainedMhz, hostUsPerOp, skipped, families, repeats, parameters } = result;
  say("errors are of rows that their fit has not seen, algorithm and tile chosen by the model");
  say(
    `clock under full FP32 load: ${sustainedMhz.before.toFixed(0)} MHz before, ${sustainedMhz.after.toFixed(0)} after`,
  );
  if (hostUsPerOp.after !== null)
    say(
      `host time of one operator: ${hostUsPerOp.before.toFixed(1)} us before, ${hostUsPerOp.after.toFixed(1)} after`,
    );
  if (repeats.launches > 0)
    say(
      `${repeats.rows} rows repeat ${repeats.launches} launches: each counts once, with the median of its times`,
    );
  sayIgnored(result.ignoredColumns);
  sayLeftOut(skipped);
  for (const { name, after, atBound } of parameters)
    if (atBound !== null) warn(`${name} ends at ${after}, its bound is ${atBound}`);
  for (const f of families)
    if (f.after.mape > f.before.mape)
      warn(
        `${f.data} ${f.family} ${f.precision}: ${percent(f.after.mape)} after the fit, ${percent(f.before.mape)} before: nothing gained`,
      );
  for (const objection of result.objections) warn(`forced: ${objection}`);
  say(
    output === undefined
      ? "nothing was written: give -o DEVICE.json to keep the fit"
      : `device file: ${output}; use it as \`tidemark profile MODEL --device ${output}\``,
  );
}
