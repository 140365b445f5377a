/** Shapes, counts and predicted costs of a network, arranged by item of its outline. Runs in the worker. */
import { bindBatch } from "../../../../src/gpu/batch.ts";
import type { Device } from "../../../../src/gpu/device.ts";
import { predict } from "../../../../src/gpu/predict.ts";
import type { HostMode, Precision } from "../../../../src/gpu/types.ts";
import type { Graph } from "../../../../src/graph/types.ts";
import type { Analysis } from "../../../../src/ops/types.ts";
import { idle } from "../../../../src/report/advice.ts";
import { type Outline, outlineOf } from "../../graph-view/outline.ts";
import type { Costs, Facts, KernelMore, Sizes } from "./protocol.ts";

export interface Analyzed {
  readonly analysis: Analysis;
  readonly batch: number;
}

/** @throws UserError where shapes contradict each other or the sizes asked for */
export function analyzed(graph: Graph, { batch, bind }: Sizes): Analyzed {
  return bindBatch(graph, batch, bind);
}

/** @param analysis undefined where the network could not be analysed: all its nodes are shown */
export function outlined(graph: Graph, analysis: Analysis | undefined): Outline {
  const hidden = new Set(analysis?.nodes.flatMap((n, i) => (n.folded ? [i] : [])));
  const sizes = graph.nodes.map((_, i) => {
    const shape = analysis?.nodes[i]?.outputs[0]?.shape;
    if (shape === undefined) return 0;
    // [batch, channels, …]: elements of one channel; a row of features has 1.
    return shape.slice(2).reduce<number>((n, d) => n * (typeof d === "number" ? d : 1), 1);
  });
  return outlineOf(graph, hidden, sizes);
}

export function factsOf({ analysis, batch }: Analyzed, outline: Outline): Facts {
  const items = outline.kinds.length;
  const column = () => new Float64Array(items);
  const facts = {
    macs: column(),
    flops: column(),
    params: column(),
    bytesRead: column(),
    bytesWritten: column(),
  };
  const uncounted: (string | undefined)[] = Array.from({ length: items }, () => undefined);
  outline.kinds.forEach((kind, i) => {
    if (kind !== "node") return;
    const n = analysis.nodes[outline.places[i]!]!;
    facts.macs[i] = n.macs;
    facts.flops[i] = n.flops;
    facts.params[i] = n.params;
    facts.bytesRead[i] = n.bytesRead;
    facts.bytesWritten[i] = n.bytesWritten;
    if (n.work.kind === "gap") uncounted[i] = n.work.reason;
  });
  const { types, totals, gaps } = analysis;
  return { ...facts, batch, uncounted, types, totals, gaps };
}

/** @throws UserError where the device lacks the precision */
export function costsOf(
  { analysis, batch }: Analyzed,
  outline: Outline,
  { device, precision, host }: Target,
): Costs {
  const more: KernelMore[] = [];
  const prediction = predict(analysis, {
    device,
    batch,
    precision,
    host,
    onKernel: ({ registersPerThread, sharedBytesPerBlock }) =>
      more.push({ registersPerThread, sharedBytesPerBlock }),
  });
  const items = outline.kinds.length;
  const itemOf = new Map<string, number>();
  outline.kinds.forEach((kind, i) => {
    if (kind === "node") itemOf.set(outline.names[i]!, i);
  });
  const kernelsOf: number[][] = Array.from({ length: items }, () => []);
  const within = new Int32Array(items).fill(-1);
  const [timeUs, lostWaves, tailUs, dramBytes] = [0, 0, 0, 0].map(() => new Float64Array(items));
  prediction.kernels.forEach((kernel, k) => {
    const own = kernel.nodes.flatMap((name) => itemOf.get(name) ?? []);
    const anchor = own[0];
    if (anchor === undefined) return;
    for (const item of own) {
      kernelsOf[item]!.push(k);
      if (item !== anchor) within[item] = anchor;
    }
    timeUs![anchor]! += kernel.timeUs;
    lostWaves![anchor]! += kernel.waves * (1 - kernel.smUtilization);
    tailUs![anchor]! += idle(kernel, device);
    dramBytes![anchor]! += kernel.dramBytes;
  });
  return {
    prediction,
    more,
    kernelsOf,
    within,
    timeUs: timeUs!,
    lostWaves: lostWaves!,
    tailUs: tailUs!,
    dramBytes: dramBytes!,
  };
}

export interface Target {
  readonly device: Device;
  readonly precision: Precision;
  readonly host: HostMode;
}
