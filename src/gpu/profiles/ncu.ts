/**
 * Nsight Compute's CSV. `--page raw` has a header, a row of units and a row for each launch; the
 * other pages a row for each metric of a launch, named as in the report (`--page details`) or by the
 * metric's own name. What the program printed stands before the header.
 */
import { UserError } from "../../base/errors.ts";
import {
  blockProblem,
  durationProblem,
  gridProblem,
  plausibleRegisters,
  plausibleShared,
} from "./checks.ts";
import type { Dim3, Recording } from "./recording.ts";

/** Names of the details page, in their section where another section uses them too. */
const DETAILS: Readonly<Record<string, string>> = {
  Duration: "gpu__time_duration.sum",
  "Registers Per Thread": "launch__registers_per_thread",
  "Static Shared Memory Per Block": "launch__shared_mem_per_block_static",
  "Dynamic Shared Memory Per Block": "launch__shared_mem_per_block_dynamic",
  "Waves Per SM": "launch__waves_per_multiprocessor",
  "# SMs": "launch__sm_count",
  "Block Limit Registers": "launch__occupancy_limit_registers",
  "Block Limit Shared Mem": "launch__occupancy_limit_shared_mem",
  "Block Limit Warps": "launch__occupancy_limit_warps",
  "Block Limit SM": "launch__occupancy_limit_blocks",
  "Achieved Occupancy": "sm__warps_active.avg.pct_of_peak_sustained_active",
  "Compute (SM) Throughput": "sm__throughput.avg.pct_of_peak_sustained_elapsed",
  "Compute (SM) [%]": "sm__throughput.avg.pct_of_peak_sustained_elapsed",
  "DRAM Throughput": "gpu__dram_throughput.avg.pct_of_peak_sustained_elapsed",
  "Memory [%]": "gpu__compute_memory_throughput.avg.pct_of_peak_sustained_elapsed",
};
/** Only here is `Memory Throughput` a share of the peak; elsewhere it is bytes a second. */
const SPEED_OF_LIGHT = "GPU Speed Of Light Throughput";

const TIME_UNITS: Readonly<Record<string, number>> = {
  nsecond: 1e-3,
  ns: 1e-3,
  usecond: 1,
  us: 1,
  msecond: 1e3,
  ms: 1e3,
  second: 1e6,
  s: 1e6,
};
const BYTE_UNITS: Readonly<Record<string, number>> = {
  byte: 1,
  kbyte: 1e3,
  mbyte: 1e6,
  gbyte: 1e9,
};

interface Metric {
  readonly text: string;
  readonly unit: string;
}
type Metrics = Map<string, Metric>;

/** The header says which of the two shapes the table has. */
interface Table {
  readonly columns: readonly string[];
  readonly long: boolean;
  units: readonly string[] | undefined;
}

export class NcuRecords {
  private readonly into: Recording;
  private table: Table | undefined;
  private key = "";
  private pending: Metrics | undefined;

  constructor(into: Recording) {
    this.into = into;
  }

  /** Whether this record is the header of such a table. */
  static isHeader(cells: readonly string[]): boolean {
    return cells[0] === "ID" && cells.includes("Kernel Name");
  }

  get raw(): boolean {
    return this.table !== undefined && !this.table.long;
  }

  record(cells: readonly string[]): void {
    if (NcuRecords.isHeader(cells)) {
      // Several reports one after another.
      this.flush();
      this.table = { columns: cells, long: cells.includes("Metric Name"), units: undefined };
      return;
    }
    const { table } = this;
    if (table === undefined || /^==[A-Z]+==/.test(cells[0]!)) return;
    if (cells.length < Math.min(table.columns.length, 3)) return;
    if (table.long) this.long(table, cells);
    else if (cells[0] === "" && table.units === undefined) table.units = cells;
    else this.wide(table, cells);
  }

  end(): void {
    this.flush();
  }

  private wide(table: Table, cells: readonly string[]): void {
    if (cells.length < table.columns.length) {
      this.into.skip("row with fewer cells than the header");
      return;
    }
    const metrics: Metrics = new Map();
    table.columns.forEach((name, i) => {
      metrics.set(name, { text: cells[i] ?? "", unit: table.units?.[i] ?? "" });
    });
    this.add(metrics);
  }

  private long(table: Table, cells: readonly string[]): void {
    const cell = (name: string): string => cells[table.columns.indexOf(name)] ?? "";
    const key = `${cell("Process ID")}/${cell("ID")}`;
    if (key !== this.key || this.pending === undefined) {
      this.flush();
      this.key = key;
      this.pending = new Map();
      for (const name of ["Kernel Name", "Grid Size", "Block Size", "Device", "CC"])
        this.pending.set(name, { text: cell(name), unit: "" });
    }
    const shown = cell("Metric Name");
    if (shown === "") return;
    const unit = cell("Metric Unit");
    const name =
      shown === "Memory Throughput"
        ? cell("Section Name") === SPEED_OF_LIGHT && unit === "%"
          ? "gpu__compute_memory_throughput.avg.pct_of_peak_sustained_elapsed"
          : shown
        : Object.hasOwn(DETAILS, shown)
          ? DETAILS[shown]!
          : shown;
    if (shown === "Grid Size" || shown === "Block Size") return;
    this.pending.set(name, { text: cell("Metric Value"), unit });
  }

  private flush(): void {
    if (this.pending !== undefined) this.add(this.pending);
    this.pending = undefined;
  }

  private add(metrics: Metrics): void {
    const value = (name: string): number | undefined => numeric(metrics.get(name)?.text);
    const share = (name: string): number | undefined => {
      const percent = value(name);
      return percent === undefined ? undefined : percent / 100;
    };
    const device = value("Device") ?? 0;
    this.board(device, metrics);
    const timeUs = duration(metrics.get("gpu__time_duration.sum"));
    const grid = dim3(metrics, "Grid Size", "launch__grid_size");
    const block = dim3(metrics, "Block Size", "launch__block_size");
    const problem = durationProblem(timeUs) ?? gridProblem(grid) ?? blockProblem(block);
    if (problem !== undefined) {
      this.into.skip(problem);
      return;
    }
    const name = metrics.get("Kernel Name")?.text ?? "";
    this.into.launch({
      name: name === "" ? "(no name)" : name,
      grid: grid!,
      block: block!,
      registersPerThread: plausibleRegisters(value("launch__registers_per_thread")),
      sharedBytesPerBlock: plausibleShared(sharedBytes(metrics)),
      device,
      timeUs: timeUs!,
      reported: {
        wavesPerSm: value("launch__waves_per_multiprocessor"),
        blockLimits: {
          registers: value("launch__occupancy_limit_registers"),
          "shared memory": value("launch__occupancy_limit_shared_mem"),
          warps: value("launch__occupancy_limit_warps"),
          blocks: value("launch__occupancy_limit_blocks"),
        },
        achievedOccupancy: share("sm__warps_active.avg.pct_of_peak_sustained_active"),
        computeThroughput: share("sm__throughput.avg.pct_of_peak_sustained_elapsed"),
        memoryThroughput: share("gpu__compute_memory_throughput.avg.pct_of_peak_sustained_elapsed"),
        dramThroughput:
          share("gpu__dram_throughput.avg.pct_of_peak_sustained_elapsed") ??
          share("dram__throughput.avg.pct_of_peak_sustained_elapsed"),
        dramBytes: dramBytes(metrics),
      },
    });
  }

  private board(device: number, metrics: Metrics): void {
    if (this.into.boards.has(device)) return;
    const value = (name: string): number | undefined =>
      numeric(metrics.get(`device__attribute_${name}`)?.text);
    const size = (name: string): number | undefined =>
      bytes(metrics.get(`device__attribute_${name}`)) ?? value(name);
    const major = value("compute_capability_major");
    const minor = value("compute_capability_minor");
    const shown = metrics.get("CC")?.text ?? "";
    const name = metrics.get("device__attribute_display_name")?.text ?? "";
    this.into.boards.set(device, {
      index: device,
      name: name === "" ? undefined : name,
      computeCapability:
        major !== undefined && minor !== undefined
          ? `${major}.${minor}`
          : /^\d+\.\d+$/.test(shown)
            ? shown
            : undefined,
      smCount: value("multiprocessor_count") ?? numeric(metrics.get("launch__sm_count")?.text),
      warpSize: value("warp_size"),
      maxThreadsPerSm: value("max_threads_per_multiprocessor"),
      registersPerSm: value("max_registers_per_multiprocessor"),
      registersPerBlock: value("max_registers_per_block"),
      sharedBytesPerSm: size("max_shared_memory_per_multiprocessor"),
      sharedBytesPerBlock: size("max_shared_memory_per_block_optin"),
    });
  }
}

/** `1,234.5`; the value before the instances in `5 (2; 3)`; undefined for `n/a` and what is absent. */
function numeric(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const plain = text.replace(/\s*\(.*$/, "").replaceAll(",", "");
  if (plain.trim() === "") return undefined;
  const x = Number(plain);
  return Number.isFinite(x) ? x : undefined;
}

/** @throws UserError for a unit that is no time's: a wrong scale must not pass silently */
function duration(metric: Metric | undefined): number | undefined {
  const value = numeric(metric?.text);
  if (value === undefined) return undefined;
  const scale = TIME_UNITS[metric!.unit];
  if (scale === undefined)
    throw new UserError(
      metric!.unit === ""
        ? "gpu__time_duration.sum has no unit: the row of units below the header is missing"
        : `gpu__time_duration.sum is in '${metric!.unit}', which is no unit of time`,
      { hint: "export with `ncu --import REPORT --csv --page raw`, and keep the second row" },
    );
  return value * scale;
}

function bytes(metric: Metric | undefined): number | undefined {
  const value = numeric(metric?.text);
  if (value === undefined) return undefined;
  const scale = BYTE_UNITS[metric!.unit.toLowerCase().replace(/\/block$/, "")];
  return scale === undefined ? undefined : value * scale;
}

function sharedBytes(metrics: Metrics): number | undefined {
  const fixed = bytes(metrics.get("launch__shared_mem_per_block_static"));
  const dynamic = bytes(metrics.get("launch__shared_mem_per_block_dynamic"));
  if (fixed === undefined && dynamic === undefined) return undefined;
  // Kilobytes are printed with a few decimals.
  return Math.round((fixed ?? 0) + (dynamic ?? 0));
}

function dramBytes(metrics: Metrics): number | undefined {
  const all = bytes(metrics.get("dram__bytes.sum"));
  if (all !== undefined) return all;
  const read = bytes(metrics.get("dram__bytes_read.sum"));
  const written = bytes(metrics.get("dram__bytes_write.sum"));
  return read === undefined || written === undefined ? undefined : read + written;
}

/** `(256, 1, 1)`, or the product where only that is told. */
function dim3(metrics: Metrics, column: string, product: string): Dim3 | undefined {
  const [, x, y, z] =
    /^\(?\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\)?$/.exec(metrics.get(column)?.text ?? "") ?? [];
  if (z !== undefined) return [Number(x), Number(y), Number(z)];
  const all = numeric(metrics.get(product)?.text);
  return all === undefined ? undefined : [all, 1, 1];
}
