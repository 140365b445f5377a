/** A prediction for a terminal, in the order of Nsight Compute: percent of peak, limiter, advice. */
import pc from "picocolors";
import type { Device } from "../gpu/device.ts";
import type { Prediction } from "../gpu/types.ts";
import { advise } from "./advice.ts";
import type { Column } from "./column.ts";
import {
  groupKernels,
  type KernelGroup,
  LIMITER_MEANING,
  limiterText,
  limiterTotals,
  nodeText,
  speedOfLight,
} from "./kernels.ts";
import { formatFixed, formatNumber, formatPercent, formatSi, formatUs } from "./number.ts";
import { bullets, indent, narrower } from "./sections.ts";
import { formatTable, type TableOptions } from "./table.ts";
import { printable } from "./terminal.ts";

const BAR = 24;

/** Ends in a newline. */
export function profileText(
  prediction: Prediction,
  device: Device,
  options: TableOptions = {},
): string {
  const { bold, dim } = pc.createColors(options.color ?? pc.isColorSupported);
  const groups = groupKernels(prediction.kernels);
  const section = (title: string, body: string) => (body === "" ? "" : `\n${bold(title)}\n${body}`);
  const list = (lines: readonly string[]) => bullets(lines, options.width);
  const advice = advise(prediction, device).map((a) => {
    const saves = a.savesUs === null ? "" : ` Saves at most ${formatUs(a.savesUs)}.`;
    return `${a.finding} ${a.remedy}${saves}`;
  });
  return [
    `${bold(device.name)} (${device.id}), ${prediction.precision}, batch ${formatNumber(prediction.batch)}, host ${prediction.host}\n\n`,
    times(prediction),
    prediction.kernels.length === 0 ? "" : section("Percent of peak", peaks(prediction, device)),
    section("Limiters", limiters(prediction, options)),
    section("What would help", list(advice)),
    section(
      "Kernels",
      groups.length === 0 ? "" : indent(formatTable(COLUMNS, groups, narrower(options))),
    ),
    section(
      "Not in these numbers",
      list(prediction.gaps.map((g) => `${printable(g.op)} (${g.count}): ${printable(g.reason)}`)),
    ),
    section("What they rest on", dim(list(prediction.notes.map(printable)))),
  ].join("");
}

function times(p: Prediction): string {
  const rate = (p.batch * 1e3) / p.latencyMs;
  const line = (label: string, ms: number, more: string) =>
    `  ${label.padEnd(9)}${formatUs(ms * 1e3).padStart(9)}  ${more}\n`;
  return (
    line(
      "latency",
      p.latencyMs,
      p.latencyMs > 0 ? `${formatNumber(Math.round(rate))} inputs/s` : "",
    ) +
    line("GPU", p.gpuMs, `in ${formatNumber(p.kernels.length)} kernels`) +
    line("host", p.hostMs, "to issue them")
  );
}

function peaks(p: Prediction, device: Device): string {
  const sol = speedOfLight(p, device);
  const us = p.gpuMs * 1e3;
  const bar = (label: string, share: number, more: string) => {
    const filled = Math.round(Math.min(1, share) * BAR);
    return `  ${label.padEnd(16)}${formatPercent(share).padStart(6)}  ${"█".repeat(filled)}${"░".repeat(BAR - filled)}  ${more}\n`;
  };
  return [
    bar(
      "compute",
      sol.compute,
      sol.peak === undefined
        ? `${formatFixed(sol.flops / us / 1e6, 1)} TFLOP/s; each kernel against the units it runs on`
        : `${formatFixed(sol.flops / us / 1e6, 1)} of ${formatFixed(sol.peak / 1e6, 1)} TFLOP/s`,
    ),
    bar(
      "DRAM",
      sol.memory,
      `${formatFixed(sol.dramBytes / us / 1e3, 0)} of ${formatFixed(device.dramBytesPerUs / 1e3, 0)} GB/s`,
    ),
    bar("SM slots filled", sol.smUtilization, "mean over the GPU's time"),
    sol.ridge === undefined
      ? ""
      : `  ${formatFixed(sol.intensity, 1)} FLOPs for each byte of DRAM; compute and DRAM balance at ${formatFixed(sol.ridge, 1)}\n`,
  ].join("");
}

function limiters(p: Prediction, options: TableOptions): string {
  const totals = limiterTotals(p.kernels).filter((t) => t.kernels > 0);
  if (totals.length === 0) return "";
  return indent(
    formatTable(
      [
        { key: "limiter", value: (t) => t.limiter },
        { key: "time", value: (t) => t.timeUs, text: (t) => formatUs(t.timeUs) },
        { key: "share", value: (t) => t.share, text: (t) => formatPercent(t.share) },
        { key: "kernels", value: (t) => t.kernels },
        { key: "meaning", label: "", value: (t) => LIMITER_MEANING[t.limiter] },
      ],
      totals,
      narrower(options),
    ),
  );
}

const COLUMNS: readonly Column<KernelGroup>[] = [
  {
    key: "count",
    label: "",
    value: (g) => g.members.length,
    text: (g) => `${g.members.length}x`,
  },
  { key: "kernel", value: (g) => g.kernel.name },
  {
    key: "nodes",
    label: "nodes",
    value: (g) => nodeText(g.kernel.nodes),
  },
  { key: "grid", value: (g) => g.kernel.grid.join("x"), keep: true },
  { key: "block", value: (g) => g.kernel.block },
  { key: "perSm", label: "/SM", value: (g) => g.kernel.blocksPerSm },
  { key: "waves", value: (g) => g.kernel.waves },
  {
    key: "tail",
    value: (g) => g.kernel.tailFill,
    text: (g) => formatPercent(g.kernel.tailFill),
  },
  {
    key: "util",
    label: "SM util",
    value: (g) => g.kernel.smUtilization,
    text: (g) => formatPercent(g.kernel.smUtilization),
  },
  {
    key: "flops",
    label: "FLOPs",
    value: (g) => g.kernel.flops,
    text: (g) => (g.kernel.flops === 0 ? "–" : formatSi(g.kernel.flops)),
  },
  {
    key: "dram",
    label: "DRAM",
    value: (g) => g.kernel.dramBytes,
    text: (g) => formatSi(g.kernel.dramBytes, "B"),
  },
  { key: "time", label: "time, all", value: (g) => g.timeUs, text: (g) => formatUs(g.timeUs) },
  { key: "share", value: (g) => g.share, text: (g) => formatPercent(g.share) },
  { key: "limiter", value: (g) => limiterText(g.kernel), keep: true },
];
