/** `tidemark dynamic budget NET.onnx --device D -o OUT.onnx`: attention's shares in whole waves. */
import { Command } from "commander";
import { type RegionBudget, waveBudgets } from "../../../dynamic/budget/waves.ts";
import { withPlan } from "../../../dynamic/plan.ts";
import type { HostMode, Precision } from "../../../gpu/types.ts";
import { saveOnnx } from "../../../onnx/index.ts";
import type { Column } from "../../../report/index.ts";
import { loadDevice } from "../../../study/index.ts";
import { aboutModel } from "../../model.ts";
import {
  deviceOption,
  type Formatted,
  formatOption,
  hostOption,
  integer,
  MOST_BATCH,
  precisionOption,
} from "../../options.ts";
import { refuseInput, requireFolder } from "../../outputs.ts";
import { printJson, printRows } from "../../print.ts";
import { say } from "../../talk.ts";
import { openDynamic } from "./open.ts";

interface Flags extends Formatted {
  readonly device: string;
  readonly batch: number;
  readonly precision: Precision;
  readonly host: HostMode;
  readonly output: string;
}

export const budget = () =>
  new Command("budget")
    .description("raise what attention keeps to whole waves of a GPU: blocks that cost nothing")
    .argument("<network>", "a dynamic network with attention")
    .addOption(deviceOption())
    .option("-b, --batch <n>", "images that run together", integer(1, MOST_BATCH), 1)
    .addOption(precisionOption().default("fp32"))
    .addOption(hostOption().default("cuda-graph"))
    .requiredOption("-o, --output <file.onnx>", "the network with its budgets")
    .addOption(formatOption())
    .action((path: string, flags: Flags) => {
      const { device, batch, precision, host, output, format } = flags;
      requireFolder("-o", output);
      refuseInput("-o", output, [path]);
      const opened = openDynamic(path);
      const { network, regions } = aboutModel(path, () =>
        waveBudgets(opened, batch, { device: loadDevice(device), precision, host }),
      );
      saveOnnx(withPlan(network), output);
      const total = (of: (row: RegionBudget) => number) => regions.reduce((a, r) => a + of(r), 0);
      const totals = {
        askedUs: total((r) => Math.min(r.askedUs, r.denseUs)),
        grantedUs: total((r) => r.grantedUs),
        denseUs: total((r) => r.denseUs),
        asked: total((r) => r.asked),
        granted: total((r) => r.granted),
        blocks: total((r) => r.blocks),
      };
      if (format === "json") printJson({ output, device, batch, precision, host, regions, totals });
      else printRows(COLUMNS, regions, format);
      say(
        `${output}: ${totals.granted} of ${totals.blocks} blocks of an image in ${totals.grantedUs.toFixed(0)} us, where ${totals.asked} were asked for in ${totals.askedUs.toFixed(0)} us (dense ${totals.denseUs.toFixed(0)} us); predicted for ${device}, batch ${batch}`,
      );
    });

const COLUMNS: readonly Column<RegionBudget>[] = [
  { key: "region", value: (r) => r.region },
  { key: "blocks", value: (r) => r.blocks },
  { key: "asked", value: (r) => r.asked },
  { key: "granted", value: (r) => r.granted },
  { key: "verdict", label: "run", value: (r) => r.verdict },
  { key: "waves", value: (r) => r.waves },
  { key: "denseWaves", label: "dense waves", value: (r) => r.denseWaves },
  { key: "askedUs", label: "asked", unit: "us", value: (r) => r.askedUs },
  { key: "grantedUs", label: "granted", unit: "us", value: (r) => r.grantedUs },
  { key: "denseUs", label: "dense", unit: "us", value: (r) => r.denseUs },
];
