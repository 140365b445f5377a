/** `tidemark profile MODEL`: the kernels that a device would launch, their waves, limiter and time. */
import { resolve } from "node:path";
import { Command } from "commander";
import { predict, type ScheduledKernel } from "../../gpu/predict.ts";
import type { HostMode, Kernel, Precision } from "../../gpu/types.ts";
import { type Column, profileText, traceText } from "../../report/index.ts";
import { loadDevice } from "../../study/index.ts";
import { aboutModel, MODEL_HELP, openModel } from "../model.ts";
import {
  deviceOption,
  type Formatted,
  formatOption,
  hostOption,
  hostUsOption,
  integer,
  precisionOption,
  sizes,
  tunedOption,
} from "../options.ts";
import { filesOf, refuseInput } from "../outputs.ts";
import { printJson, printRows } from "../print.ts";
import { say, warn } from "../talk.ts";
import { writeWhole } from "../whole-file.ts";

interface Options extends Formatted {
  readonly device: string;
  readonly batch?: number;
  readonly precision: Precision;
  readonly host: HostMode;
  readonly tuned?: boolean;
  readonly hostUs?: number;
  readonly dim: Readonly<Record<string, number>>;
  readonly trace?: string;
}

const COLUMNS: readonly Column<Kernel>[] = [
  { key: "name", value: (k) => k.name },
  { key: "nodes", value: (k) => k.nodes.join(" ") },
  { key: "algorithm", value: (k) => k.algorithm },
  { key: "tile", value: (k) => k.tile?.join("x") },
  { key: "grid", value: (k) => k.grid.join("x") },
  { key: "block", value: (k) => k.block },
  { key: "blocks", value: (k) => k.blocks },
  { key: "blocksPerSm", value: (k) => k.blocksPerSm },
  { key: "waves", value: (k) => k.waves },
  { key: "tailFill", value: (k) => k.tailFill },
  { key: "smUtilization", value: (k) => k.smUtilization },
  { key: "flops", value: (k) => k.flops },
  { key: "dramBytes", value: (k) => k.dramBytes },
  { key: "timeUs", value: (k) => k.timeUs },
  { key: "limiter", value: (k) => k.limiter },
];

export const profile = () =>
  new Command("profile")
    .description("predict a network's kernels on a GPU: grid, waves, SM utilisation, limiter, time")
    .argument("<model>", MODEL_HELP)
    .addOption(deviceOption())
    .option("-b, --batch <n>", "batch size (default: 1 where it is free)", integer(1))
    .addOption(precisionOption().default("fp32"))
    .addOption(hostOption().default("eager"))
    .addOption(tunedOption())
    .addOption(hostUsOption())
    .option("--dim <name=size>", "size of another free dimension; repeat for more", sizes, {})
    .option(
      "--trace <file.json>",
      "write the timeline for Perfetto (ui.perfetto.dev): SMs and waves",
    )
    .addOption(formatOption())
    .action((model: string, options: Options) => {
      const device = loadDevice(options.device);
      const scheduled: ScheduledKernel[] = [];
      const graph = openModel(model);
      if (options.trace !== undefined) refuseInput("--trace", options.trace, filesOf(model, graph));
      const prediction = aboutModel(model, () =>
        predict(graph, {
          device,
          precision: options.precision,
          host: options.host,
          bind: options.dim,
          tuned: options.tuned === true,
          ...(options.batch === undefined ? {} : { batch: options.batch }),
          ...(options.hostUs === undefined ? {} : { hostUsPerOp: options.hostUs }),
          ...(options.trace === undefined ? {} : { onKernel: (k) => scheduled.push(k) }),
        }),
      );
      if (options.trace !== undefined) {
        writeWhole(
          options.trace,
          traceText(prediction, device, scheduled),
          "choose another place for --trace",
        );
        say(`timeline: ${resolve(options.trace)}; open it in https://ui.perfetto.dev`);
      }
      if (options.format === "json") printJson(prediction);
      else if (options.format === "csv") printRows(COLUMNS, prediction.kernels, "csv");
      else {
        process.stdout.write(profileText(prediction, device));
        return;
      }
      for (const gap of prediction.gaps) warn(`${gap.op} (${gap.count}): ${gap.reason}`);
    });
