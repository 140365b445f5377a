/**
 * Measuring a GPU through WebGPU, on Node and in a browser alike.
 *
 * ```ts
 * const timer = new GpuTimer(device);                    // needs `timestamp-query`
 * await checkKernels(timer);
 * const findings = await measureGpu(timer, { limits: timer.limits, quick: true });
 * const json = deviceFile({ findings, adapter, date, boards });
 * ```
 */
export { type AdapterFacts, nameOf } from "./adapter.ts";
export { checkKernels } from "./check.ts";
export { COARSE_TICK_NS, CoarseClock, tickOf } from "./coarse-clock.ts";
export { type DeviceFileInput, deviceFile } from "./device-file.ts";
export { type FindingRow, findingRows } from "./finding-rows.ts";
export type { Findings, Quantity, Residency, WidthSweep } from "./findings.ts";
export { GpuTimer, type GpuTimerOptions } from "./gpu-timer.ts";
export {
  MEASUREMENT_COLUMNS,
  type MeasurementColumn,
  type MeasurementRow,
} from "./measurement-columns.ts";
export { smCountOf } from "./residency.ts";
export { measureGpu, type SessionOptions, STAGES, type Stage } from "./session.ts";
export { findStaircase, type NoStaircase, type Staircase, type StairPoint } from "./staircase.ts";
export type { KernelTimer, MeasureLimits, Measurement, Samples, Workload } from "./types.ts";
