/** Whether widths are what decides a network's latency, and what would help where they are not. */
import type { Graph } from "../../graph/types.ts";
import { type PredictOptions, predict } from "../predict.ts";
import type { Limiter } from "../types.ts";
import { timeShares } from "./summary.ts";

export interface Diagnosis {
  /** What most of the latency is. */
  readonly bound: "launch" | "memory" | "compute";
  readonly shares: Readonly<Record<Limiter | "idle", number>>;
  /** Time that the host takes whatever the widths are: no widths are faster. */
  readonly hostMs: number;
  /** One sentence on what that means for widths; then, if they are not it, what would help. */
  readonly advice: readonly string[];
}

/** The GPU stands idle for this share of the latency: the host decides. */
const LAUNCH_BOUND = 0.3;
const MEMORY_BOUND = 0.5;
/** The host alone takes this share of the latency: widths save little. */
const NEARLY_LAUNCH_BOUND = 0.85;

export function diagnose(graph: Graph, options: PredictOptions): Diagnosis {
  const prediction = predict(graph, options);
  const shares = timeShares(prediction);
  const { latencyMs: now, hostMs, batch } = prediction;
  const per = (other: Partial<PredictOptions>) => {
    const p = predict(graph, { ...options, ...other });
    return { ms: p.latencyMs, perImageMs: p.latencyMs / p.batch };
  };
  const saves = (ms: number) => `${ms.toPrecision(3)} instead of ${now.toPrecision(3)} ms`;
  /** What takes the host out of the way. */
  const withoutHost = (): string[] => {
    const advice: string[] = [];
    if (prediction.host !== "cuda-graph")
      advice.push(
        `a captured CUDA graph would help (--host cuda-graph): ${saves(per({ host: "cuda-graph" }).ms)}`,
      );
    if (prediction.host === "eager")
      advice.push(
        `so would a compiled network (--host compiled): ${saves(per({ host: "compiled" }).ms)}`,
      );
    const larger = per({ batch: 8 * batch });
    advice.push(
      `so would a larger batch: at ${8 * batch}, ${larger.perImageMs.toPrecision(3)} ms an image instead of ${(now / batch).toPrecision(3)}; and fewer layers`,
    );
    return advice;
  };
  const most = percent(Math.max(0, 1 - hostMs / now));
  const floor = `the host alone takes ${hostMs.toPrecision(3)} of ${now.toPrecision(3)} ms: no widths save more than ${most}`;
  if (shares.idle >= LAUNCH_BOUND || shares.launch >= MEMORY_BOUND) {
    const advice = [
      `launch-bound: the GPU stands idle for ${percent(shares.idle)} of ${now.toPrecision(3)} ms, waiting for the host; narrower layers cannot help, and wider ones are nearly free`,
      floor,
      ...withoutHost(),
    ];
    return { bound: "launch", shares, hostMs, advice };
  }
  const advice: string[] = [];
  const bound = shares.memory >= MEMORY_BOUND ? "memory" : "compute";
  if (bound === "memory") {
    advice.push(
      `memory-bound: ${percent(shares.memory)} of the GPU's time is in kernels that wait for memory; it falls in proportion to the width, without steps`,
    );
    if (prediction.host === "eager") {
      const fused = per({ host: "compiled" });
      if (fused.ms < now)
        advice.push(
          `fused kernels and tuned algorithms would help (--host compiled): ${saves(fused.ms)}`,
        );
    }
    const { fp16 } = options.device.macsPerClock;
    if (prediction.precision === "fp32" && fp16 !== undefined) {
      const half = per({ precision: "fp16" });
      if (half.ms < now)
        advice.push(`so would half precision (--precision fp16): ${saves(half.ms)}`);
    }
  } else
    advice.push(
      `compute-bound: ${percent(shares.compute + shares.tail)} of the GPU's time is arithmetic, ${percent(shares.tail)} in kernels whose last round of blocks is a fifth of their time or more; widths decide`,
    );
  if (hostMs >= NEARLY_LAUNCH_BOUND * now)
    advice.push(`nearly launch-bound: ${floor}`, ...withoutHost());
  return { bound, shares, hostMs, advice };
}

function percent(share: number): string {
  return `${share < 0.1 ? (100 * share).toFixed(1) : Math.round(100 * share)} %`;
}
