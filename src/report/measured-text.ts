/** A profile for a terminal, in the order of a prediction's report: times, limiters, advice, kernels. */
import pc from "picocolors";
import {
  MEASURED_LIMITERS,
  type MeasuredKernel,
  type MeasuredLimiter,
  type MeasuredProfile,
  type ProfileFormat,
} from "../gpu/profiles/index.ts";
import type { Column } from "./column.ts";
import { LIMITER_MEANING } from "./kernels.ts";
import { adviseMeasured, shortName } from "./measured-advice.ts";
import { formatNumber, formatPercent, formatUs } from "./number.ts";
import { bullets, indent, narrower } from "./sections.ts";
import { formatTable, type TableOptions } from "./table.ts";
import { printable } from "./terminal.ts";

const FORMAT_NAME: Readonly<Record<ProfileFormat, string>> = {
  kineto: "trace of PyTorch's profiler",
  "ncu-raw": "Nsight Compute, raw page",
  "ncu-details": "Nsight Compute, metric by metric",
};

const MEANING: Readonly<Record<MeasuredLimiter, string>> = {
  ...LIMITER_MEANING,
  latency: "neither arithmetic nor memory reaches 60 % of its peak",
  unknown: "SMs are filled; arithmetic or memory, a trace does not tell",
};

/** On a terminal the longest; JSON and CSV have all. */
const ROWS = 30;

/** Ends in a newline. */
export function measuredText(profile: MeasuredProfile, options: TableOptions = {}): string {
  const { bold, dim } = pc.createColors(options.color ?? pc.isColorSupported);
  const section = (title: string, body: string) => (body === "" ? "" : `\n${bold(title)}\n${body}`);
  const list = (lines: readonly string[]) => bullets(lines, options.width);
  const advice = adviseMeasured(profile).map((a) => {
    const saves = a.savesUs === null ? "" : ` Saves at most ${formatUs(a.savesUs)}.`;
    return printable(`${a.finding} ${a.remedy}${saves}`);
  });
  return [
    ...profile.boards.map((b) => `${bold(printable(b.name))}${boardFigures(b)}\n`),
    `${FORMAT_NAME[profile.format]}\n\n`,
    times(profile),
    section("Limiters", limiters(profile, options)),
    section("What would help", list(advice)),
    section("Kernels", kernels(profile, options)),
    section(
      "Contradictions",
      list(
        profile.contradictions.map((c) =>
          printable(
            `${c.what}: ${c.profile} in the profile, ${c.other}; the ${c.used === "profile" ? "first" : "second"} is used`,
          ),
        ),
      ),
    ),
    section(
      "Left out",
      list(profile.skipped.map((s) => `${formatNumber(s.count)}x ${printable(s.reason)}`)),
    ),
    section("What this rests on", dim(list(profile.notes.map(printable)))),
  ].join("");
}

function boardFigures(board: MeasuredProfile["boards"][number]): string {
  const parts = [
    board.index > 0 ? `GPU ${board.index}` : "",
    board.smCount === undefined ? "" : `${board.smCount} SMs`,
    board.computeCapability === undefined ? "" : `compute capability ${board.computeCapability}`,
    board.from === "option" ? "as --device says" : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? "" : `, ${parts.join(", ")}`;
}

function times(profile: MeasuredProfile): string {
  const line = (label: string, us: number, more: string) =>
    `  ${label.padEnd(10)}${formatUs(us).padStart(9)}  ${more}\n`;
  const of = (us: number, whole: number, words: string) =>
    `${formatPercent(whole > 0 ? us / whole : 0).padStart(6)}  ${words}`;
  const rows = [
    line(
      "kernels",
      profile.kernelUs,
      `        in ${count(profile.launches, "launch", "launches")} of ${count(profile.kernels.length, "kernel")}`,
    ),
  ];
  if (profile.copies > 0)
    rows.push(
      line(
        "copies",
        profile.copiesUs,
        `        in ${count(profile.copies, "copy or fill", "copies and fills")}`,
      ),
    );
  rows.push(
    line(
      "tail loss",
      profile.tailLossUs,
      of(profile.tailLossUs, profile.kernelUs, "at most, of the kernels' time"),
    ),
  );
  for (const t of profile.timelines) {
    const gpu = profile.timelines.length > 1 ? ` on GPU ${t.device}` : "";
    const idleUs = t.spanUs - t.busyUs;
    rows.push(
      line("span", t.spanUs, `        from the first to the last${gpu}`),
      line("busy", t.busyUs, of(t.busyUs, t.spanUs, "of the span")),
      line("idle", idleUs, of(idleUs, t.spanUs, `of the span: ${idleWhy(t)}`)),
    );
  }
  return rows.join("");
}

function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${formatNumber(n)} ${n === 1 ? noun : plural}`;
}

function idleWhy(t: MeasuredProfile["timelines"][number]): string {
  const parts = [
    [t.hostUs, "waiting for the host"],
    [t.launchUs, "launches on their way"],
    [t.queuedUs, "between queued kernels"],
    [t.unknownUs, "not told (no host events)"],
  ] as const;
  const told = parts.filter(([us]) => us > 0).map(([us, what]) => `${formatUs(us)} ${what}`);
  return told.length === 0 ? "none" : told.join(", ");
}

function limiters(profile: MeasuredProfile, options: TableOptions): string {
  const totals = [...MEASURED_LIMITERS]
    .map((limiter) => {
      const own = profile.kernels.filter((k) => k.limiter === limiter);
      const timeUs = own.reduce((s, k) => s + k.timeUs, 0);
      return { limiter, timeUs, launches: own.reduce((n, k) => n + k.count, 0) };
    })
    .filter((t) => t.launches > 0)
    .sort((a, b) => b.timeUs - a.timeUs);
  return indent(
    formatTable(
      [
        { key: "limiter", value: (t) => t.limiter },
        { key: "time", value: (t) => t.timeUs, text: (t) => formatUs(t.timeUs) },
        {
          key: "share",
          value: (t) => t.timeUs,
          text: (t) => formatPercent(t.timeUs / profile.kernelUs),
        },
        { key: "launches", value: (t) => t.launches },
        { key: "meaning", label: "", value: (t) => MEANING[t.limiter] },
      ],
      totals,
      narrower(options),
    ),
  );
}

function kernels(profile: MeasuredProfile, options: TableOptions): string {
  const shown = profile.kernels.slice(0, ROWS);
  const table = indent(
    formatTable(
      COLUMNS.filter((c) => shown.some((k) => c.value(k) !== undefined)),
      shown,
      narrower(options),
    ),
  );
  const rest = profile.kernels.slice(ROWS);
  if (rest.length === 0) return table;
  const us = rest.reduce((s, k) => s + k.timeUs, 0);
  return `${table}  and ${formatNumber(rest.length)} more kernels of ${formatUs(us)} together (--format csv has all)\n`;
}

const optional = (x: number | undefined, format: (x: number) => string) =>
  x === undefined ? "–" : format(x);

const COLUMNS: readonly Column<MeasuredKernel>[] = [
  { key: "count", label: "", value: (k) => k.count, text: (k) => `${k.count}x` },
  { key: "kernel", value: (k) => k.name, text: (k) => shortName(k.name) },
  { key: "grid", value: (k) => k.grid.join("x"), keep: true },
  { key: "block", value: (k) => k.block[0] * k.block[1] * k.block[2] },
  { key: "perSm", label: "/SM", value: (k) => k.blocksPerSm },
  { key: "by", label: "held by", value: (k) => k.occupancyLimit },
  {
    key: "occupancy",
    label: "occupancy",
    value: (k) => k.theoreticalOccupancy,
    text: (k) => optional(k.theoreticalOccupancy, formatPercent),
  },
  {
    key: "achieved",
    value: (k) => k.achievedOccupancy,
    text: (k) => optional(k.achievedOccupancy, formatPercent),
  },
  { key: "waves", value: (k) => k.waves },
  { key: "tail", value: (k) => k.tailFill, text: (k) => optional(k.tailFill, formatPercent) },
  {
    key: "util",
    label: "SM util",
    value: (k) => k.smUtilization,
    text: (k) => optional(k.smUtilization, formatPercent),
  },
  {
    key: "compute",
    value: (k) => k.computeThroughput,
    text: (k) => optional(k.computeThroughput, formatPercent),
  },
  {
    key: "memory",
    value: (k) => k.memoryThroughput,
    text: (k) => optional(k.memoryThroughput, formatPercent),
  },
  {
    key: "idle",
    label: "idle before",
    value: (k) => k.idleBeforeUs,
    text: (k) => optional(k.idleBeforeUs, formatUs),
  },
  {
    key: "lost",
    label: "tail loss",
    value: (k) => k.tailLossUs,
    text: (k) => optional(k.tailLossUs, formatUs),
  },
  { key: "time", label: "time, all", value: (k) => k.timeUs, text: (k) => formatUs(k.timeUs) },
  { key: "share", value: (k) => k.share, text: (k) => formatPercent(k.share) },
  { key: "limiter", value: (k) => k.limiter, keep: true },
];
