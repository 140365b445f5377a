/** `tidemark validate DATA.csv…`: the model's predictions against measured times. */
import { Command, Option } from "commander";
import type { HostFigure } from "../../gpu/validation/networks.ts";
import { drownsModel, type Overhead } from "../../gpu/validation/overhead.ts";
import type { Group } from "../../gpu/validation/score.ts";
import type { WorstSample } from "../../gpu/validation/worst.ts";
import { type Column, formatUs } from "../../report/index.ts";
import { validate as run, type Validation } from "../../study/index.ts";
import { sayIgnored, sayLeftOut } from "../left-out.ts";
import { type Formatted, formatOption, positive } from "../options.ts";
import { printJson, printRows } from "../print.ts";
import { say, warn } from "../talk.ts";

interface Options extends Formatted {
  readonly device?: string;
  readonly overhead: "fit" | "none";
  readonly hostUs?: number;
}

const percent = (x: number | null): string => (x === null ? "" : `${(100 * x).toFixed(1)} %`);

const GROUPS: readonly Column<Group>[] = [
  { key: "device", value: (g) => g.device, keep: true },
  { key: "family", value: (g) => g.family, keep: true },
  { key: "precision", value: (g) => g.precision },
  { key: "data", value: (g) => g.data.join(" "), hidden: true },
  { key: "count", value: (g) => g.count },
  { key: "mape", label: "MAPE", value: (g) => g.mape, text: (g) => percent(g.mape), keep: true },
  {
    key: "medianApe",
    label: "median",
    value: (g) => g.medianApe,
    text: (g) => percent(g.medianApe),
  },
  { key: "bias", value: (g) => g.bias, text: (g) => percent(g.bias) },
  {
    key: "algorithmRight",
    label: "algorithm right",
    value: (g) => g.algorithmRight,
    text: (g) => percent(g.algorithmRight),
  },
  {
    key: "gridExact",
    label: "grid exact",
    value: (g) => g.gridExact,
    text: (g) => percent(g.gridExact),
  },
  { key: "spearman", value: (g) => g.spearman, text: (g) => g.spearman?.toFixed(4) ?? "" },
];

const WORST: readonly Column<WorstSample>[] = [
  { key: "error", value: (w) => w.error, text: (w) => percent(w.error), keep: true },
  { key: "device", value: (w) => w.device },
  { key: "family", value: (w) => `${w.family} ${w.precision}` },
  { key: "what", value: (w) => w.what },
  { key: "predicted", value: (w) => w.predictedUs, text: (w) => formatUs(w.predictedUs) },
  { key: "measured", value: (w) => w.measuredUs, text: (w) => formatUs(w.measuredUs) },
  { key: "row", value: (w) => w.source },
  { key: "reason", value: (w) => w.reason, keep: true },
];

export const validate = () =>
  new Command("validate")
    .description(
      "compare predictions with measured times: errors by device, operator and precision",
    )
    .argument("<data.csv...>", "measured tables, told apart by their headers")
    .option(
      "-d, --device <device>",
      "the one board to look at, e.g. a device file of your own (default: the boards that ship)",
    )
    .addOption(
      new Option(
        "--overhead <how>",
        "what measuring programs add to each call: from the device file, else fitted to other rows",
      )
        .choices(["fit", "none"])
        .default("fit"),
    )
    .option("--host-us <us>", "host time of one simple operator where networks ran", positive)
    .addOption(formatOption())
    .action((paths: string[], options: Options) => {
      const { format, overhead, device, hostUs } = options;
      const result = run(paths, {
        overhead,
        ...(device === undefined ? {} : { device }),
        ...(hostUs === undefined ? {} : { hostUs }),
      });
      if (format === "json") printJson(result);
      else if (format === "csv") printRows(GROUPS, result.groups, "csv");
      else printTables(result);
      talk(result);
    });

function printTables({ groups, overall, worst }: Validation): void {
  printRows(GROUPS, groups, "table");
  if (overall === null) return;
  process.stdout.write(
    `\n${overall.count} times: MAPE ${percent(overall.mape)}, median ${percent(overall.medianApe)}, bias ${percent(overall.bias)}\n\nThe worst ${worst.length}:\n`,
  );
  printRows(WORST, worst, "table");
}

function talk({ skipped, ignoredColumns, overheads, hosts, groups }: Validation): void {
  if (overheads.length > 0)
    say(`added for the measuring programs: ${overheads.map(added).join("; ")}`);
  for (const o of overheads)
    if (drownsModel(o))
      warn(
        `${o.device} ${o.data} ${o.family} ${o.precision}: ${o.addedUs.toPrecision(4)} of ${o.measuredUs.toPrecision(4)} us, in the median, are the measuring program's; the errors say little of the model. Time larger sizes, or by the GPU's clock`,
      );
  if (hosts.length > 0) say(`host time of one operator: ${hosts.map(hosted).join("; ")}`);
  sayIgnored(ignoredColumns);
  sayLeftOut(skipped);
  if (groups.length === 0) warn("nothing was left to compare");
}

const added = (o: Overhead): string =>
  `${o.device} ${o.data} ${o.family} ${o.precision} ${o.addedUs.toFixed(1)} us (${o.from})`;

const hosted = (h: HostFigure): string =>
  `${h.machine} on ${h.device} ${h.hostUsPerOp.toFixed(1)} us (${h.from})`;
