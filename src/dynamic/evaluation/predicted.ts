/** Time of early exits on a named GPU, over the exits that measured inputs took. */

import { type EarlyExitTime, type ExitStage, earlyExitTime } from "../../gpu/dynamic/index.ts";
import type { DynamicOptions } from "../../gpu/dynamic/types.ts";
import { predict } from "../../gpu/predict.ts";
import { reads } from "../../graph/check.ts";
import type { Graph, Node } from "../../graph/types.ts";
import { inferGraph } from "../../ops/inference.ts";
import { partsOf } from "../deploy/parts.ts";
import { withoutIdle } from "../idle.ts";
import type { DynamicNetwork } from "../plan.ts";
import { countsSomeAsOn, demandsOf } from "./stage-regions.ts";

export interface PredictedTime {
  readonly device: string;
  readonly batch: number;
  /** The dense network, all of the batch. */
  readonly denseMs: number;
  readonly expectedMs: number;
  readonly worstMs: number;
  readonly speedup: number;
  /** Some regions are timed as if they were always on: channels, or all where no shares are given. */
  readonly regionsOn: boolean;
}

/**
 * @param dense the network that was converted
 * @param exits index of the exit of each measured input
 * @param on share of each region that was on for each of them, [region][input]
 */
export function predictedTime(
  network: DynamicNetwork,
  dense: Graph,
  exits: ArrayLike<number>,
  batch: number,
  options: DynamicOptions,
  on?: readonly Float32Array[],
): PredictedTime {
  const { latencyMs } = predict(dense, { ...options, batch });
  const stages = exitStages(network);
  const demands = stages.map(({ graph }) =>
    on === undefined ? [] : demandsOf(network, new Set(graph.nodes.map((node) => node.name))),
  );
  const active = Array.from(exits, (_, i) =>
    demands.flat().map(({ index, demand }) => demand(on![index]![i]!)),
  );
  const time: EarlyExitTime = earlyExitTime(
    {
      stages: stages.map((stage, s) => ({
        ...stage,
        regions: demands[s]!.map(({ region }) => region),
      })),
      batch,
      images: { exits: Array.from(exits), ...(demands.flat().length > 0 && { active }) },
    },
    options,
  );
  return {
    device: options.device.id,
    batch,
    denseMs: latencyMs,
    expectedMs: time.expectedUs / 1000,
    worstMs: time.worstUs / 1000,
    speedup: latencyMs / (time.expectedUs / 1000),
    regionsOn: on === undefined ? network.plan.regions.length > 0 : countsSomeAsOn(network),
  };
}

/** Each part as a graph of its own: what crosses into it as inputs, its logits as output. */
export function exitStages({ graph: whole, plan }: DynamicNetwork): readonly ExitStage[] {
  const { types } = inferGraph(whole, {});
  // Regions name values that would be others then.
  const graph = plan.regions.length === 0 ? withoutIdle(whole, types) : whole;
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
