/** The measurements as a table: the file that `tidemark measure --csv` and the web app write. */
import type { AdapterFacts } from "./adapter.ts";
import type { Measurement } from "./types.ts";

/** One line of the measurements' file: each says where and when it was taken. */
export interface MeasurementRow extends Measurement {
  readonly adapter: AdapterFacts;
  /** ISO 8601, UTC. */
  readonly date: string;
}

export interface MeasurementColumn {
  readonly key: string;
  readonly about: string;
  readonly value: (row: MeasurementRow) => string | number;
}

export const MEASUREMENT_COLUMNS: readonly MeasurementColumn[] = [
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
