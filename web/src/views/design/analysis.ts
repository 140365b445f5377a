/** Shapes, counts and predicted costs of a network, arranged by item of its outline. Runs in the worker. */
import { bindBatch } from "../../../../src/gpu/batch.ts";
import type { Device } from "../../../../src/gpu/device.ts";
import { predict } from "../../../../src/gpu/predict.ts";
import type { HostMode, Precision } from "../../../../src/gpu/types.ts";
import type { Graph } from "../../../../src/graph/types.ts";
import type { Analysis, AnalyzedNode } from "../../../../src/ops/types.ts";
import { idle } from "../../../../src/report/advice.ts";
import { type Outline, outlineOf } from "../../graph-view/outline.ts";
import type { Unfolded } from "../../graph-view/unfold.ts";
import { branchFacts } from "./branch-facts.ts";
import type { Costs, Facts, KernelMore, Sizes } from "./protocol.ts";

export interface Analyzed {
  /** Of the network itself: what its branches hold is in no sum. */
  readonly analysis: Analysis;
  readonly batch: number;
  /** By node of the unfolded network, those in branches too; undefined where nothing is known. */
  readonly nodes: readonly (AnalyzedNode | undefined)[];
  /** Why a node counts in no sum: when it runs. Undefined for the network's own nodes. */
  readonly conditional: readonly (string | undefined)[];
  readonly types: Analysis["types"];
}

/** @throws UserError where shapes contradict each other or the sizes asked for */
export function analyzed(graph: Graph, unfolded: Unfolded, { batch, bind }: Sizes): Analyzed {
  const bound = bindBatch(graph, batch, bind);
  return { ...bound, ...branchFacts(unfolded, bound.analysis) };
}

/** @param found undefined where the network could not be analysed: all its nodes are shown */
export function outlined(unfolded: Unfolded, found: Analyzed | undefined): Outline {
  const hidden = new Set(found?.nodes.flatMap((n, i) => (n?.folded ? [i] : [])));
  const sizes = unfolded.graph.nodes.map((_, i) => {
    const shape = found?.nodes[i]?.outputs[0]?.shape;
    if (shape === undefined) return 0;
    // [batch, channels, …]: elements of one channel; a row of features has 1.
    return shape.slice(2).reduce<number>((n, d) => n * (typeof d === "number" ? d : 1), 1);
  });
  return outlineOf(unfolded, hidden, sizes);
}

export function factsOf(found: Analyzed, outline: Outline): Facts {
  const items = outline.kinds.length;
  const column = () => new Float64Array(items);
  const facts = {
    macs: column(),
    flops: column(),
    params: column(),
    bytesRead: column(),
    bytesWritten: column(),
  };
  const reasons = () => Array.from({ length: items }, (): string | undefined => undefined);
  const [uncounted, conditional] = [reasons(), reasons()];
  outline.kinds.forEach((kind, i) => {
    if (kind !== "node") return;
    const place = outline.places[i]!;
    conditional[i] = found.conditional[place];
    const n = found.nodes[place];
    if (n === undefined) {
      uncounted[i] = "shapes in this branch could not be found";
      return;
    }
    facts.macs[i] = n.macs;
    facts.flops[i] = n.flops;
    facts.params[i] = n.params;
    facts.bytesRead[i] = n.bytesRead;
    facts.bytesWritten[i] = n.bytesWritten;
    if (n.work.kind === "gap") uncounted[i] = n.work.reason;
  });
  const { types, batch } = found;
  const { totals, gaps } = found.analysis;
  return { ...facts, batch, uncounted, conditional, types, totals, gaps };
}

/** @throws UserError where the device lacks the precision */
export function costsOf(
  { analysis, batch, conditional }: Analyzed,
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
    if (kind === "node" && conditional[outline.places[i]!] === undefined)
      itemOf.set(outline.names[i]!, i);
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
    const lostUs = idle(kernel, device);
    tailUs![anchor]! += lostUs;
    // Where memory or the launch takes longest, a wave that is not full costs nothing.
    if (lostUs > 0) lostWaves![anchor]! += kernel.waves * (1 - kernel.smUtilization);
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
