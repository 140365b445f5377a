/** What `tidemark measure` prints: the measurements' file, and the table of findings. */
import {
  type AdapterFacts,
  type Findings,
  type Measurement,
  smCountOf,
} from "../gpu/measure/index.ts";
import type { Column } from "../report/index.ts";

/** One line of the measurements' file: each says where and when it was taken. */
export interface MeasurementRow extends Measurement {
  readonly adapter: AdapterFacts;
  /** ISO 8601, UTC. */
  readonly date: string;
}

interface Documented extends Column<MeasurementRow> {
  readonly about: string;
}

export const MEASUREMENT_COLUMNS: readonly Documented[] = [
  {
    key: "kernel",
    about: "fma, chase, empty, copy, triad, matmul, conv",
    value: (m) => m.kernel,
  },
  {
    key: "sweep",
    about: "launch, sm-count, slots, residency, peak, bandwidth, width",
    value: (m) => m.sweep,
  },
  { key: "sizes", about: "the kernel's sizes, name=value with ; between", value: sizesText },
  { key: "grid", about: "workgroups, XxYxZ", value: (m) => m.grid.join("x") },
  { key: "workgroups", about: "workgroups in all", value: (m) => m.workgroups },
  { key: "workgroupSize", about: "threads of a workgroup", value: (m) => m.workgroup },
  {
    key: "workgroupBytes",
    about: "workgroup memory of a workgroup",
    value: (m) => m.workgroupStorageBytes,
  },
  { key: "flops", about: "floating-point operations", value: (m) => m.flops },
  { key: "bytes", about: "bytes that must cross DRAM", value: (m) => m.bytes },
  { key: "medianUs", about: "median time, microseconds", value: (m) => m.medianUs },
  { key: "q1Us", about: "lower quartile", value: (m) => m.q1Us },
  { key: "q3Us", about: "upper quartile", value: (m) => m.q3Us },
  { key: "minUs", about: "shortest time", value: (m) => m.minUs },
  { key: "n", about: "timings used", value: (m) => m.n },
  {
    key: "dropped",
    about: "timings that the driver gave as zero or less",
    value: (m) => m.dropped,
  },
  { key: "adapterVendor", about: "as WebGPU tells it", value: (m) => m.adapter.vendor },
  {
    key: "adapterArchitecture",
    about: "as WebGPU tells it",
    value: (m) => m.adapter.architecture,
  },
  { key: "adapterDevice", about: "as WebGPU tells it", value: (m) => m.adapter.device },
  { key: "driver", about: "driver and version", value: (m) => m.adapter.description },
  {
    key: "runtime",
    about: "Dawn or browser, its version, platform",
    value: (m) => m.adapter.runtime,
  },
  { key: "date", about: "start of the session, ISO 8601, UTC", value: (m) => m.date },
];

function sizesText({ sizes }: Measurement): string {
  return Object.entries(sizes)
    .map(([name, value]) => `${name}=${value}`)
    .join(";");
}

export interface FindingRow {
  readonly finding: string;
  readonly value: number | undefined;
  readonly unit: string;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly about: string;
}

export const FINDING_COLUMNS: readonly Column<FindingRow>[] = [
  { key: "finding", value: (f) => f.finding, keep: true },
  { key: "value", value: (f) => f.value, text: (f) => figure(f.value) },
  { key: "unit", value: (f) => f.unit },
  { key: "low", value: (f) => f.low, text: (f) => figure(f.low) },
  { key: "high", value: (f) => f.high, text: (f) => figure(f.high) },
  { key: "about", value: (f) => f.about },
];

export function findingRows(findings: Findings): FindingRow[] {
  const { sms, slots } = findings;
  const rows = [
    stairs("SMs", "SM", sms, smCountOf(sms)),
    stairs(`slots of ${shapeText(slots)}`, "workgroups", slots.staircase),
    ...[slots, ...findings.residencies].map((r) => ({
      finding: `residents of ${shapeText(r)}`,
      value: r.perSm,
      unit: "workgroups/SM",
      low: r.perSm,
      high: r.perSm,
      about: r.reason ?? "",
    })),
    quantity("FP32 rate", "TFLOP/s", findings.fp32Tflops),
    quantity("DRAM bandwidth", "GB/s", findings.dramGbs),
    quantity("empty kernel", "us", findings.launchUs),
    ...findings.widths.map((w) => {
      const row = stairs(`step of ${w.kernel} over ${w.over}`, "channels", w.staircase);
      return w.expected === undefined
        ? row
        : { ...row, about: `${row.about}; expected ${w.expected}` };
    }),
  ];
  return rows;
}

function shapeText(r: { readonly workgroup: number; readonly workgroupStorageBytes: number }) {
  return `${r.workgroup} threads, ${r.workgroupStorageBytes / 1024} KiB`;
}

function quantity(finding: string, unit: string, q: Findings["launchUs"]): FindingRow {
  const about = `quartiles of ${q.n} timings`;
  return { finding, value: q.value, unit, low: q.q1, high: q.q3, about };
}

function stairs(finding: string, unit: string, s: Findings["sms"], value?: number): FindingRow {
  if (!s.found)
    return {
      finding,
      value,
      unit,
      low: undefined,
      high: undefined,
      about: `no staircase found: ${s.reason}`,
    };
  const about =
    `${s.edgesSeen} of ${s.edges} edges, ${Math.round(100 * s.hardness)} % of the growth in steps, ` +
    `spread ${(100 * s.noise).toPrecision(2)} %, confidence ${s.confidence}`;
  return { finding, value: s.period, unit, low: s.low, high: s.high, about };
}

const figure = (x: number | undefined) =>
  x === undefined ? "–" : Number(x.toPrecision(4)).toString();
