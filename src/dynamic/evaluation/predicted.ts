/** Time of early exits on a named GPU, over the exits that measured inputs took. */

import { type EarlyExitTime, type ExitStage, earlyExitTime } from "../../gpu/dynamic/index.ts";
import type { DynamicOptions } from "../../gpu/dynamic/types.ts";
import { predict } from "../../gpu/predict.ts";
import { reads } from "../../graph/check.ts";
import type { Graph, Node } from "../../graph/types.ts";
import { inferGraph } from "../../ops/inference.ts";
import { partsOf } from "../deploy/parts.ts";
import type { DynamicNetwork } from "../plan.ts";

export interface PredictedTime {
  readonly device: string;
  readonly batch: number;
  /** The dense network, all of the batch. */
  readonly denseMs: number;
  readonly expectedMs: number;
  readonly worstMs: number;
  readonly speedup: number;
  /** Regions with gates are timed as if they were always on. */
  readonly regionsOn: boolean;
}

/**
 * @param dense the network that was converted
 * @param exits index of the exit of each measured input
 */
export function predictedTime(
  network: DynamicNetwork,
  dense: Graph,
  exits: ArrayLike<number>,
  batch: number,
  options: DynamicOptions,
): PredictedTime {
  const { latencyMs } = predict(dense, { ...options, batch });
  const time: EarlyExitTime = earlyExitTime(
    { stages: exitStages(network), batch, images: { exits: Array.from(exits) } },
    options,
  );
  return {
    device: options.device.id,
    batch,
    denseMs: latencyMs,
    expectedMs: time.expectedUs / 1000,
    worstMs: time.worstUs / 1000,
    speedup: latencyMs / (time.expectedUs / 1000),
    regionsOn: network.plan.regions.length > 0,
  };
}

/** Each part as a graph of its own: what crosses into it as inputs, its logits as output. */
export function exitStages({ graph, plan }: DynamicNetwork): readonly ExitStage[] {
  const { types } = inferGraph(graph, {});
  const logits = [...plan.exits.map((exit) => exit.logits), graph.outputs[0]!.name];
  const parts = partsOf(graph, logits);
  const image = graph.inputs[0]!.name;
  return parts.map((part, i) => {
    const own = new Set(part.nodes.flatMap((node) => node.outputs));
    const crossing = new Set<string>();
    for (const node of part.nodes)
      for (const name of reads(node))
        if (!own.has(name) && !graph.initializers.has(name)) crossing.add(name);
    const later = readLater(
      parts.slice(i + 1).flatMap((each) => each.nodes),
      own,
    );
    const value = (name: string) => ({ name, ...types.get(name)! });
    return {
      name: plan.exits[i]?.name ?? "end",
      graph: {
        ...graph,
        nodes: part.nodes,
        inputs: [...crossing].map((name) => (name === image ? graph.inputs[0]! : value(name))),
        outputs: [...new Set([part.logits, ...later])].map(value),
        declared: new Map(),
      },
    };
  });
}

function readLater(nodes: readonly Node[], own: ReadonlySet<string>): readonly string[] {
  const names = new Set<string>();
  for (const node of nodes) for (const name of reads(node)) if (own.has(name)) names.add(name);
  return [...names];
}
