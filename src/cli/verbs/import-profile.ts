/** `tidemark import-profile FILE`: waves, tail and limiter of kernels that a profiler has recorded. */
import { Command, Option } from "commander";
import { type MeasuredKernel, measuredProfile } from "../../gpu/profiles/index.ts";
import { adviseMeasured, type Column, measuredText } from "../../report/index.ts";
import { loadDevice } from "../../study/index.ts";
import { readProfileFile } from "../../study/profile-file.ts";
import { type Formatted, formatOption } from "../options.ts";
import { printJson, printRows } from "../print.ts";
import { warn } from "../talk.ts";

interface Options extends Formatted {
  readonly device?: string;
}

const COLUMNS: readonly Column<MeasuredKernel>[] = [
  { key: "name", value: (k) => k.name },
  { key: "device", value: (k) => k.device },
  { key: "count", value: (k) => k.count },
  { key: "grid", value: (k) => k.grid.join("x") },
  { key: "block", value: (k) => k.block.join("x") },
  { key: "blocks", value: (k) => k.blocks },
  { key: "registersPerThread", value: (k) => k.registersPerThread },
  { key: "sharedBytesPerBlock", value: (k) => k.sharedBytesPerBlock },
  { key: "blocksPerSm", value: (k) => k.blocksPerSm },
  { key: "occupancyLimit", value: (k) => k.occupancyLimit },
  { key: "theoreticalOccupancy", value: (k) => k.theoreticalOccupancy },
  { key: "achievedOccupancy", value: (k) => k.achievedOccupancy },
  { key: "waves", value: (k) => k.waves },
  { key: "tailFill", value: (k) => k.tailFill },
  { key: "smUtilization", value: (k) => k.smUtilization },
  { key: "timeUs", value: (k) => k.timeUs },
  { key: "medianUs", value: (k) => k.medianUs },
  { key: "minUs", value: (k) => k.minUs },
  { key: "maxUs", value: (k) => k.maxUs },
  { key: "share", value: (k) => k.share },
  { key: "tailLossUs", value: (k) => k.tailLossUs },
  { key: "idleBeforeUs", value: (k) => k.idleBeforeUs },
  { key: "computeThroughput", value: (k) => k.computeThroughput },
  { key: "memoryThroughput", value: (k) => k.memoryThroughput },
  { key: "dramThroughput", value: (k) => k.dramThroughput },
  { key: "limiter", value: (k) => k.limiter },
];

export const importProfile = () =>
  new Command("import-profile")
    .description("waves, tail loss, limiter and idle time of kernels that a profiler has recorded")
    .argument(
      "<file>",
      "a trace of PyTorch's profiler (.json, .json.gz), or a CSV of Nsight Compute (ncu --csv --page raw)",
    )
    .addOption(
      new Option(
        "-d, --device <device>",
        "the GPU it ran on, where the file does not say: a device of `tidemark devices`, or a device file",
      ),
    )
    .addOption(formatOption())
    .action(async (file: string, { device, format }: Options) => {
      const named = device === undefined ? undefined : loadDevice(device);
      const profile = measuredProfile(await readProfileFile(file), named);
      if (profile.truncated)
        warn(`${file} ends in the middle: ${profile.launches} launches before that were read`);
      if (format === "table") {
        const width = process.stdout.isTTY ? { width: process.stdout.columns } : {};
        process.stdout.write(measuredText(profile, width));
        return;
      }
      if (format === "json") printJson({ ...profile, advice: adviseMeasured(profile) });
      else printRows(COLUMNS, profile.kernels, "csv");
      for (const c of profile.contradictions)
        warn(`${c.what}: ${c.profile} in the profile, ${c.other}`);
      for (const skip of profile.skipped) warn(`left out: ${skip.reason} (${skip.count})`);
    });
