/** Holds the GPU in a process of its own: a driver that crashes ends this process and no other. */
import { UserError } from "../../base/errors.ts";
import { checkKernels, GpuTimer, measureGpu } from "../../gpu/measure/index.ts";
import { type OpenedGpu, openGpu } from "./adapter.ts";
import type { ChildMessage, ChildOptions } from "./protocol.ts";

const send = (message: ChildMessage) =>
  new Promise<void>((resolve, reject) => {
    process.send!(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });
/** Messages keep their order; the last one waits for the pipe. */
const tell = (message: ChildMessage): void => {
  process.send!(message);
};

// Ctrl-C reaches the whole group of processes; the parent decides. Its own end is ours.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(1));

/** Holds Dawn for the life of the process. */
let gpu: OpenedGpu;

async function run({ quick, adapter }: ChildOptions): Promise<void> {
  gpu = await openGpu(adapter);
  tell({ kind: "adapter", adapter: gpu.adapter });
  const timer = new GpuTimer(gpu.device, {
    onSubmit: ({ kernel, sizes, grid, workgroup }) =>
      tell({
        kind: "running",
        what: `${kernel} ${JSON.stringify(sizes)}, ${grid.join("x")} workgroups of ${workgroup}`,
      }),
  });
  await checkKernels(timer);
  const findings = await measureGpu(timer, {
    limits: timer.limits,
    quick,
    onStage: (stage) => tell({ kind: "stage", stage }),
    onMeasurement: (measurement) => tell({ kind: "measurement", measurement }),
  });
  await send({ kind: "done", findings, tickNs: timer.quantumNs });
}

async function answer(options: ChildOptions): Promise<void> {
  try {
    await run(options);
  } catch (error) {
    await send(
      error instanceof UserError
        ? {
            kind: "failed",
            message: error.message,
            ...(error.hint === undefined ? {} : { hint: error.hint }),
          }
        : { kind: "broken", message: (error as Error).stack ?? String(error) },
    );
  }
  // Without taking the GPU down first: some drivers crash there, and everything is said.
  process.exit(0);
}

process.once("message", (options: ChildOptions) => void answer(options));
