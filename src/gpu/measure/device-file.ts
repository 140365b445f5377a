/**
 * A device file from measurements. What WebGPU shows is measured; what it hides (registers, cache,
 * power) comes from the shipped device of that name, from one of the same architecture, or from a
 * stated default, and says so in its source and its confidence.
 */
import type { Json } from "../../base/json.ts";
import type { Device, Figure, FigureName } from "../device.ts";
import { type AdapterFacts, architectureOf, boardNamed, nameOf, vendorOf } from "./adapter.ts";
import type { Findings, Quantity, Residency } from "./findings.ts";
import { smCountOf } from "./residency.ts";

export interface DeviceFileInput {
  readonly findings: Findings;
  readonly adapter: AdapterFacts;
  /** ISO 8601, to the day. */
  readonly date: string;
  /** The devices that ship. */
  readonly boards: readonly Device[];
}

interface Draft {
  readonly figures: Partial<Record<FigureName, Figure>>;
  readonly sources: Record<string, string>;
  readonly notes: string[];
}

/** Registers and their granularities are the same on every NVIDIA GPU of the last ten years. */
const DEFAULTS: readonly (readonly [FigureName, number, string])[] = [
  ["l2Mb", 4, "MiB"],
  ["tdpWatts", 150, "W"],
  ["sharedKbPerSm", 64, "KiB"],
  ["sharedKbPerBlock", 32, "KiB"],
  ["sharedKbReserved", 0, "KiB"],
  ["sharedUnitBytes", 256, "B"],
  ["registersPerSm", 65_536, "32-bit registers"],
  ["registersPerBlock", 65_536, "32-bit registers"],
  ["registerUnitPerWarp", 256, "32-bit registers"],
  ["warpGranularity", 4, "warps"],
  ["maxBlocksPerSm", 16, "blocks"],
  ["maxThreadsPerSm", 1024, "threads"],
];
/** Clock that tells 32, 64 and 128 lanes apart where nothing else does. */
const USUAL_MHZ = 1500;
/** Share of the data sheet's bandwidth that large kernels reach: 0.75 to 0.91 on eight boards. */
const STREAM_SHARE = 0.88;

export function deviceFile({ findings, adapter, date, boards }: DeviceFileInput): Json {
  const count = smCountOf(findings.sms);
  const named = boardNamed(adapter, boards);
  const board =
    named && (!findings.sms.found || findings.sms.period === named.smCount) ? named : undefined;
  const like = board ?? relative(findings, adapter, boards);
  const draft: Draft = {
    figures: {},
    sources: {
      measured:
        `tidemark measure on ${date}: ${nameOf(adapter).name.replace(" (measured)", "")}, ` +
        `driver ${adapter.description || "not told"}, ${adapter.runtime}`,
      default: "default of tidemark measure: WebGPU does not show it",
    },
    notes: notesOf(findings, adapter, named, board),
  };
  inherit(draft, like, board !== undefined);
  measureSms(draft, findings, count, like, board, adapter);
  measureMemory(draft, findings, board);
  measureResidents(draft, findings);
  put(draft, "launchUs", findings.launchUs.value, "us", "measured", "medium");
  const { id, name } = nameOf(adapter);
  return {
    schema: "tidemark-device/1",
    id,
    name,
    vendor: vendorOf(adapter.vendor),
    architecture: board?.architecture ?? architectureOf(adapter),
    ...(board?.chip === undefined ? {} : { chip: board.chip }),
    computeCapability: like?.computeCapability ?? null,
    figures: draft.figures as unknown as Json,
    sources: draft.sources,
    notes: draft.notes,
    ...(board?.calibration === undefined ? {} : { calibration: board.calibration as Json }),
  };
}

type Confidence = Figure["confidence"];

function put(
  { figures }: Draft,
  name: FigureName,
  value: number,
  unit: string,
  source: string,
  confidence: Confidence,
): void {
  figures[name] = { value: Number(value.toPrecision(6)), unit, source, confidence };
}

/** The device of the same architecture whose occupancy limits agree best with what was seen. */
function relative(
  findings: Findings,
  adapter: AdapterFacts,
  boards: readonly Device[],
): Device | undefined {
  const architecture = architectureOf(adapter);
  if (architecture === "other") return undefined;
  const count = smCountOf(findings.sms) ?? 1;
  const known = [findings.slots, ...findings.residencies].filter((r) => r.perSm !== undefined);
  const distance = (b: Device) => {
    const wrong = known.filter((r) => residentsBy(b, r) !== r.perSm).length;
    return wrong * 100 + Math.abs(Math.log(b.smCount / count));
  };
  const family = boards.filter((b) => b.architecture === architecture);
  return family.reduce<Device | undefined>(
    (best, b) => (best === undefined || distance(b) < distance(best) ? b : best),
    undefined,
  );
}

function residentsBy({ limits }: Device, { workgroup, workgroupStorageBytes }: Residency): number {
  const bytes = workgroupStorageBytes + limits.sharedBytesReserved;
  const unit = limits.sharedUnitBytes;
  return Math.min(
    Math.floor(limits.sharedBytesPerSm / (Math.ceil(bytes / unit) * unit)),
    Math.floor(limits.maxWarpsPerSm / Math.ceil(workgroup / 32)),
    limits.maxBlocksPerSm,
  );
}

/** All figures of the board itself; of a relative only what the architecture decides. */
function inherit(draft: Draft, like: Device | undefined, same: boolean): void {
  for (const [name, value, unit] of DEFAULTS) put(draft, name, value, unit, "default", "low");
  if (!like) return;
  const shared = new Set<string>(DEFAULTS.map(([name]) => name));
  for (const [name, figure] of Object.entries(like.figures) as [FigureName, Figure][]) {
    if (!same && !shared.has(name)) continue;
    const source = `${like.id}/${figure.source}`;
    draft.figures[name] = { ...figure, source, confidence: same ? figure.confidence : "low" };
    draft.sources[source] = `${like.name}: ${like.sources[figure.source] ?? figure.source}`;
  }
}

function measureSms(
  draft: Draft,
  findings: Findings,
  count: number | undefined,
  like: Device | undefined,
  board: Device | undefined,
  adapter: AdapterFacts,
): void {
  const tflops = findings.fp32Tflops.value;
  if (board) {
    const found = findings.sms.found ? findings.sms.confidence : undefined;
    if (found) put(draft, "smCount", board.smCount, "SM", "measured", found);
    const mhz = (tflops * 1e6) / (2 * board.smCount * board.lanesPerSm);
    if (mhz <= 1.3 * board.boostMhz) put(draft, "sustainedMhz", mhz, "MHz", "measured", "medium");
    else
      draft.notes.push(
        `the measured FP32 rate of ${tflops.toPrecision(3)} TFLOP/s would need ${mhz.toFixed(0)} MHz: left out`,
      );
    return;
  }
  const sms = count ?? 1;
  const perSm = (tflops * 1e6) / (2 * sms);
  const lanes =
    like?.lanesPerSm ??
    (count === undefined || adapter.fallback
      ? Math.max(1, Math.round(perSm / USUAL_MHZ))
      : lanesBy(perSm));
  const confidence: Confidence = findings.sms.found
    ? findings.sms.confidence
    : findings.sms.serial && !adapter.fallback
      ? "medium"
      : "low";
  put(draft, "smCount", sms, "SM", count === undefined ? "default" : "measured", confidence);
  if (like) {
    const source = `${like.id}/lanesPerSm`;
    draft.sources[source] = `as ${like.name}, of the same architecture`;
    put(draft, "lanesPerSm", lanes, "FP32 lanes", source, "medium");
  } else put(draft, "lanesPerSm", lanes, "FP32 lanes", "default", "low");
  draft.sources.derived =
    "derived: boostMhz, sustainedMhz = measured FP32 rate / (2 x smCount x lanesPerSm), under full load; " +
    "dramGbs = measured bandwidth / the share of the data sheet's that streaming kernels reach";
  put(draft, "fp32Tflops", tflops, "TFLOP/s", "measured", "high");
  put(draft, "boostMhz", perSm / lanes, "MHz", "derived", like ? "medium" : "low");
  // The same: it was measured under full load, and no power limit applies to it again.
  put(draft, "sustainedMhz", perSm / lanes, "MHz", "derived", like ? "medium" : "low");
}

/** The number of lanes whose clock would be the most usual. */
function lanesBy(perSm: number): number {
  const off = (lanes: number) => Math.abs(Math.log(perSm / lanes / USUAL_MHZ));
  return [8, 16, 32, 64, 128, 256].reduce((a, b) => (off(b) < off(a) ? b : a));
}

function measureMemory(draft: Draft, findings: Findings, board: Device | undefined): void {
  const measured = findings.dramGbs.value;
  const stated = board?.figures.dramGbs?.value;
  if (stated !== undefined && measured > stated)
    draft.notes.push(
      `measured bandwidth ${measured.toFixed(0)} GB/s is above the data sheet's ${stated}: a cache holds the buffers, or the sheet is wrong`,
    );
  else {
    put(draft, "dramMeasuredGbs", measured, "GB/s", "measured", "high");
    if (stated === undefined) {
      put(draft, "dramGbs", measured / STREAM_SHARE, "GB/s", "derived", "medium");
    }
  }
}

/** Replaces what the limits say where the GPU was seen to do otherwise. */
function measureResidents(draft: Draft, { slots, residencies }: Findings): void {
  const value = (name: FigureName) => draft.figures[name]!.value;
  const small = residencies.find((r) => r.workgroup === 32)?.perSm;
  const large = residencies.find((r) => r.workgroup > 32);
  if (large?.perSm !== undefined) {
    const threads = Math.max(large.perSm * large.workgroup, 32 * (small ?? 0));
    if (Math.floor(value("maxThreadsPerSm") / large.workgroup) !== large.perSm)
      put(draft, "maxThreadsPerSm", threads, "threads", "measured", "medium");
  }
  if (small !== undefined) {
    const byThreads = Math.floor(value("maxThreadsPerSm") / 32);
    if (Math.min(byThreads, value("maxBlocksPerSm")) !== small)
      put(draft, "maxBlocksPerSm", small, "blocks", "measured", "medium");
  }
  if (slots.perSm === undefined || slots.perSm >= value("maxBlocksPerSm")) return;
  const each = slots.workgroupStorageBytes / 1024 + value("sharedKbReserved");
  if (Math.floor(value("sharedKbPerSm") / each) === slots.perSm) return;
  // At least this much, and less than one more workgroup's share above it.
  put(draft, "sharedKbPerSm", slots.perSm * each, "KiB", "measured", "medium");
  if (value("sharedKbPerBlock") > slots.perSm * each)
    put(draft, "sharedKbPerBlock", slots.perSm * each, "KiB", "measured", "low");
}

function notesOf(
  findings: Findings,
  adapter: AdapterFacts,
  named: Device | undefined,
  board: Device | undefined,
): string[] {
  const spread = (q: Quantity, unit: string) =>
    `${q.value.toPrecision(3)} ${unit} (quartiles ${q.q1.toPrecision(3)} to ${q.q3.toPrecision(3)}, n ${q.n})`;
  const notes = [
    `measured: FP32 ${spread(findings.fp32Tflops, "TFLOP/s")}, DRAM ${spread(findings.dramGbs, "GB/s")}, empty kernel ${spread(findings.launchUs, "us")}`,
  ];
  const drift = findings.clockDrift - 1;
  if (Math.abs(drift) > 0.05)
    notes.push(
      `the same kernel took ${(100 * Math.abs(drift)).toFixed(0)} % ${drift > 0 ? "more" : "less"} at the end than after the warm-up: the clock changed, or other programs ran`,
    );
  if (adapter.fallback)
    notes.push("the adapter is a CPU rasteriser: these figures describe the processor, not a GPU");
  if (!findings.sms.found)
    notes.push(
      findings.sms.serial
        ? `one unit: ${findings.sms.reason}`
        : `no staircase found, so waves are not modelled (smCount 1): ${findings.sms.reason}`,
    );
  if (named && !board)
    notes.push(
      `the adapter calls itself ${named.name}, which has ${named.smCount} SMs; these measurements show another number, so that board's figures were not used`,
    );
  return notes;
}
