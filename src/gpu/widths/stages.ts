/** A network's layers by the size of what they put out, at its own widths and at others. */
import { placesAt } from "./launch.ts";
import type { WidthModel, Widths } from "./model.ts";

/** Convolutions and linear layers whose outputs have the same size, channels aside. */
export interface Stage {
  /** Axes of the output without batch and channels, e.g. `56x56`; `1` where there are none. */
  readonly size: string;
  readonly layers: number;
  readonly before: StageFigures;
  readonly after: StageFigures;
}

export interface StageFigures {
  /** Output channels of the layers, their mean. */
  readonly width: number;
  readonly macs: number;
  readonly params: number;
  /** Time of the layers, with what is fused to them. */
  readonly us: number;
  /** Of that, lost in last waves that are not full. */
  readonly tailUs: number;
}

/** In the order in which the network comes to them. */
export function stagesOf(model: WidthModel, widths: Widths): readonly Stage[] {
  const nodes = new Map(model.analysis.nodes.map((n) => [n.node.name, n]));
  const stages = new Map<string, [StageFigures, StageFigures][]>();
  for (const { index, nodes: names } of model.launches) {
    if (model.launch(index, model.widths).weights === 0) continue;
    const layer = nodes.get(names[0]!)!;
    const output = layer.node.outputs[0]!;
    const shape = layer.outputs[0]!.shape ?? [];
    const layout = model.ties.layouts.get(output);
    const axis = layout?.axis ?? 1;
    const size = shape.filter((_, i) => i !== 0 && i !== axis).join("x") || "1";
    const figures = (at: Widths): StageFigures => {
      const { macs, params, gpuUs, kernels } = model.launch(index, at);
      const width = layout === undefined ? Number(shape[axis]) : placesAt(layout.segments, at);
      let tailUs = 0;
      for (const k of kernels) if (k.plan.tile !== null) tailUs += k.timeUs * (1 - k.smUtilization);
      return { width, macs, params, us: gpuUs, tailUs };
    };
    const stage = stages.get(size) ?? [];
    stage.push([figures(model.widths), figures(widths)]);
    stages.set(size, stage);
  }
  return Array.from(stages, ([size, layers]) => ({
    size,
    layers: layers.length,
    before: summed(layers.map(([before]) => before)),
    after: summed(layers.map(([, after]) => after)),
  }));
}

function summed(layers: readonly StageFigures[]): StageFigures {
  const sum = (of: (f: StageFigures) => number) => layers.reduce((n, f) => n + of(f), 0);
  return {
    width: sum((f) => f.width) / layers.length,
    macs: sum((f) => f.macs),
    params: sum((f) => f.params),
    us: sum((f) => f.us),
    tailUs: sum((f) => f.tailUs),
  };
}
