/** A prediction in a few numbers, to set two networks side by side. */
import type { Graph } from "../../graph/types.ts";
import { bindBatch } from "../batch.ts";
import { type PredictOptions, predict } from "../predict.ts";
import type { Limiter, Prediction } from "../types.ts";

export interface NetworkSummary {
  readonly macs: number;
  readonly params: number;
  readonly latencyMs: number;
  readonly gpuMs: number;
  readonly hostMs: number;
  /** Of the kernels that are tiled: convolutions and matrix products. */
  readonly waves: number;
  /** Of the same kernels, weighted by their time. */
  readonly smUtilization: number;
  /** Their time lost in last waves that are not full. */
  readonly tailMs: number;
}

export function summarize(graph: Graph, options: PredictOptions): NetworkSummary {
  const { analysis } = bindBatch(graph, options.batch, options.bind);
  const { macs, params } = analysis.totals;
  const prediction = predict(graph, options);
  const { latencyMs, gpuMs, hostMs } = prediction;
  const tiled = prediction.kernels.filter((k) => k.tile !== null);
  let us = 0;
  let used = 0;
  let waves = 0;
  for (const k of tiled) {
    us += k.timeUs;
    used += k.timeUs * k.smUtilization;
    waves += k.waves;
  }
  return {
    macs,
    params,
    latencyMs,
    gpuMs,
    hostMs,
    waves,
    smUtilization: us > 0 ? used / us : 0,
    tailMs: (us - used) / 1000,
  };
}

/** Share of the GPU's time in kernels of each limiter, and of the latency in which it stands idle. */
export function timeShares(prediction: Prediction): Readonly<Record<Limiter | "idle", number>> {
  const shares = { launch: 0, memory: 0, tail: 0, compute: 0, idle: 0 };
  const busyUs = prediction.kernels.reduce((sum, k) => sum + k.timeUs, 0);
  for (const k of prediction.kernels) shares[k.limiter] += k.timeUs / busyUs;
  shares.idle = Math.max(0, 1 - busyUs / (1000 * prediction.latencyMs));
  return shares;
}
