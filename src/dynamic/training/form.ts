/** The graph that a dynamic network is trained in: soft gates, all exits, the budget. */
import { int } from "../../graph/attribute.ts";
import { indexGraph, renameReads } from "../../graph/edit.ts";
import { topologicalOrder } from "../../graph/order.ts";
import type { Graph } from "../../graph/types.ts";
import type { Classifier, TrainingForm } from "../../runtime/training/form.ts";
import { Formula } from "../../runtime/training/formula.ts";
import { builderFor, replay } from "../../runtime/training/replay.ts";
import { macsByNode, sumOf } from "../macs.ts";
import type { DynamicNetwork, Region } from "../plan.ts";
import { type BudgetTerm, budgetLoss } from "./budget.ts";

const PROGRESS = "dynamic/progress";
const FLOAT = 1;

export interface FormOptions {
  /** Weight of the budget loss. Default 10, as DynConv's. */
  readonly budget?: number;
  /** Weight of what exits learn from the last classifier beside the labels. Default 0: nothing. */
  readonly distill?: number;
  /** Of both sides in that. Default 3. */
  readonly temperature?: number;
}

/** @throws UserError where the plan does not fit the graph */
export function trainingForm(
  { graph, plan }: DynamicNetwork,
  { budget = 10, distill = 0, temperature = 3 }: FormOptions = {},
): TrainingForm {
  const last = graph.outputs[0]!.name;
  const teacher =
    distill > 0 ? { teacher: { logits: last, weight: distill, temperature } } : undefined;
  const classifiers: readonly Classifier[] = [
    ...plan.exits.map((exit) => ({ logits: exit.logits, weight: exit.weight, ...teacher })),
    { logits: last, weight: 1 },
  ];
  if (plan.regions.length === 0) return { graph: withoutDeclared(graph), classifiers };

  const builder = builderFor(graph);
  const v = new Formula(builder);
  for (const { name, shape, dtype } of graph.inputs) builder.input(name, shape, dtype);
  builder.input(PROGRESS, []);
  for (const [name, tensor] of graph.initializers) builder.initializer(name, tensor);
  const noise = plan.regions.map((region) => ({
    name: `dynamic/noise/${region.name}`,
    shape: [graph.inputs[0]!.shape![0]!, 1],
  }));
  for (const { name, shape } of noise) builder.input(name, shape);
  replay(builder, graph);
  const stop: string[] = [];
  const macs = macsByNode(graph);
  const masks = new Map<string, string>();
  const terms = plan.regions.map((region, i): BudgetTerm => {
    v.scoped(region.name);
    const { mask, stopped } = softGate(v, region, noise[i]!.name);
    stop.push(stopped);
    masks.set(region.output, v.mul(region.output, v.reshape(mask, [-1, 1, 1, 1])));
    const share = v.apply("ReduceMean", [mask], { keepdims: int(0) });
    return { share, target: region.target, macs: sumOf(macs, region.nodes) };
  });
  const { loss, share } = budgetLoss(v, terms, PROGRESS, budget);
  for (const { name } of graph.outputs) builder.output(name);
  builder.output(loss, []);
  builder.output(share, []);
  return {
    graph: rewired(builder.build(), masks),
    classifiers,
    penalties: [loss],
    progress: PROGRESS,
    noise,
    stop,
    report: { share },
  };
}

/**
 * Straight through (Bengio et al. 2013): forwards the gate is 0 or 1, backwards it is the sigmoid of its
 * logit and logistic noise (Maddison et al. 2017), whose difference of two Gumbel variables it is.
 *
 * @param noise uniform in (0, 1), [batch, 1]
 */
function softGate(v: Formula, region: Region, noise: string) {
  const logistic = v.sub(v.apply("Log", [noise]), v.apply("Log", [v.sub(1, noise)]));
  const threshold = region.kind === "layer" ? region.threshold : 0;
  const soft = v.apply("Sigmoid", [v.add(v.sub(region.score, threshold), logistic)]);
  const hard = v.apply("Cast", [v.apply("GreaterOrEqual", [soft, 0.5])], { to: int(FLOAT) });
  const stopped = v.sub(hard, soft);
  return { mask: v.add(soft, stopped), stopped };
}

/** Readers of a region's output read its masked form, but for the mask's own product. */
function rewired(graph: Graph, masks: ReadonlyMap<string, string>): Graph {
  const index = indexGraph(graph);
  const nodes = graph.nodes.map((node) => {
    const names = new Map(
      [...masks].filter(([output, product]) => {
        const reads = index.consumers(output).includes(node);
        return reads && !node.outputs.includes(product);
      }),
    );
    return names.size === 0 ? node : renameReads(node, names);
  });
  return withoutDeclared({ ...graph, nodes: topologicalOrder(nodes) });
}

const withoutDeclared = (graph: Graph): Graph => ({ ...graph, declared: new Map() });
