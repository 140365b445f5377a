/** Holds the GPU beside the page: what is computed between kernels never stops it, and Stop ends it. */
/// <reference lib="webworker" />
import "../../no-eval.ts";
import {
  COARSE_TICK_NS,
  CoarseClock,
  checkKernels,
  GpuTimer,
  measureGpu,
  tickOf,
} from "../../../../src/gpu/measure/index.ts";
import { openGpu } from "./adapter.ts";
import type { Begin, Told } from "./messages.ts";

const tell = (told: Told): void => postMessage(told);

async function measure({ quick }: Begin): Promise<void> {
  const { device, adapter } = await openGpu();
  tell({ kind: "adapter", adapter });
  const timer = new GpuTimer(device, {
    onSubmit: ({ kernel, sizes, grid, workgroup }) =>
      tell({
        kind: "running",
        what: `${kernel} ${JSON.stringify(sizes)}, ${grid.join("×")} workgroups of ${workgroup}`,
      }),
  });
  await checkKernels(timer);
  const tickNs = await tickOf(timer);
  const coarse = tickNs > COARSE_TICK_NS;
  tell({ kind: "tick", tickNs, coarse });
  const findings = await measureGpu(coarse ? new CoarseClock(timer, tickNs) : timer, {
    limits: timer.limits,
    quick,
    onStage: (stage) => tell({ kind: "stage", stage }),
    onMeasurement: (measurement) => tell({ kind: "measurement", measurement }),
  });
  tell({ kind: "done", findings });
}

addEventListener(
  "message",
  ({ data }: MessageEvent<Begin>) =>
    void measure(data).catch((error: unknown) => {
      const { message, hint } = error as { message: string; hint?: string };
      tell({ kind: "failed", message, ...(hint !== undefined && { hint }) });
    }),
);
