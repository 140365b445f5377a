/** Whether widths are what decides a network's latency, and what would help where they are not. */
import type { Graph } from "../../graph/types.ts";
import { type PredictOptions, predict } from "../predict.ts";
import type { Limiter } from "../types.ts";
import { timeShares } from "./summary.ts";

export interface Diagnosis {
  /** What most of the latency is. */
  readonly bound: "launch" | "memory" | "compute";
  readonly shares: Readonly<Record<Limiter | "idle", number>>;
  /** One sentence on what that means for widths; then, if they are not it, what would help. */
  readonly advice: readonly string[];
}

/** The GPU stands idle for this share of the latency: the host decides. */
const LAUNCH_BOUND = 0.3;
const MEMORY_BOUND = 0.5;

export function diagnose(graph: Graph, options: PredictOptions): Diagnosis {
  const prediction = predict(graph, options);
  const shares = timeShares(prediction);
  const percent = (x: number) => `${Math.round(100 * x)} %`;
  const per = (other: Partial<PredictOptions>) => {
    const p = predict(graph, { ...options, ...other });
    return { ms: p.latencyMs, perImageMs: p.latencyMs / p.batch };
  };
  const now = prediction.latencyMs;
  const saves = (ms: number) => `${ms.toPrecision(3)} instead of ${now.toPrecision(3)} ms`;
  if (shares.idle >= LAUNCH_BOUND || shares.launch >= MEMORY_BOUND) {
    const advice = [
      `launch-bound: the GPU stands idle for ${percent(shares.idle)} of ${now.toPrecision(3)} ms, waiting for the host; widths change little, so wider layers are nearly free and narrower ones save nothing`,
    ];
    if (prediction.host !== "cuda-graph") {
      const graphs = per({ host: "cuda-graph" });
      advice.push(`a captured graph would help (--host cuda-graph): ${saves(graphs.ms)}`);
    }
    const batch = 8 * prediction.batch;
    const larger = per({ batch });
    advice.push(
      `so would a larger batch: at ${batch}, ${larger.perImageMs.toPrecision(3)} ms an image instead of ${(now / prediction.batch).toPrecision(3)}; and fewer layers`,
    );
    return { bound: "launch", shares, advice };
  }
  if (shares.memory >= MEMORY_BOUND) {
    const advice = [
      `memory-bound: ${percent(shares.memory)} of the GPU's time is in kernels that wait for memory; it falls in proportion to the width, without steps`,
    ];
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
    return { bound: "memory", shares, advice };
  }
  return {
    bound: "compute",
    shares,
    advice: [
      `compute-bound: ${percent(shares.compute + shares.tail)} of the GPU's time is arithmetic, ${percent(shares.tail)} in kernels whose last round of blocks is a fifth of their time or more; widths decide`,
    ],
  };
}
