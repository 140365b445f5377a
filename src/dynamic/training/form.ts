/** The graph that a dynamic network is trained in: soft gates, attention, all exits, the budget. */
import { int } from "../../graph/attribute.ts";
import type { Graph } from "../../graph/types.ts";
import { inferGraph } from "../../ops/inference.ts";
import type { Classifier, TrainingForm } from "../../runtime/training/form.ts";
import { Formula } from "../../runtime/training/formula.ts";
import { builderFor, replay } from "../../runtime/training/replay.ts";
import { macsByNode, sumOf } from "../macs.ts";
import { spatialMacs } from "../path.ts";
import { type DynamicNetwork, isAbsorbed, isSpatial, layerOver, type Region } from "../plan.ts";
import { type Rewiring, rewired } from "../rewrite.ts";
import { type BudgetTerm, budgetLoss } from "./budget.ts";
import { maskOf, noiseOf, type Setting } from "./masks.ts";
import { exitsForm } from "./only.ts";
import { maskedBlocks, maskedChannels, maskedLayer } from "./region.ts";

const PROGRESS = "dynamic/progress";

export interface FormOptions {
  /** Weight of the budget loss. Default 10, as DynConv's. */
  readonly budget?: number;
  /** Weight of what exits learn from the last classifier beside the labels. Default 0: nothing. */
  readonly distill?: number;
  /** Of both sides in that. Default 3. */
  readonly temperature?: number;
  /** Exits whose own weights alone are trained. Default: everything is. */
  readonly only?: readonly string[];
}

/** @throws UserError where the plan does not fit the graph */
export function trainingForm(
  { graph, plan }: DynamicNetwork,
  { budget = 10, distill = 0, temperature = 3, only }: FormOptions = {},
): TrainingForm {
  const last = graph.outputs[0]!.name;
  const from = distill > 0 ? { logits: last, weight: distill, temperature } : undefined;
  if (only !== undefined) return exitsForm({ graph, plan }, only, from);
  const teacher = from && { teacher: from };
  const classifiers: readonly Classifier[] = [
    ...plan.exits.map((exit) => ({ logits: exit.logits, weight: exit.weight, ...teacher })),
    { logits: last, weight: 1 },
  ];
  if (plan.regions.length === 0) return { graph: withoutDeclared(graph), classifiers };

  const { types } = inferGraph(graph, {});
  const builder = builderFor(graph);
  const v = new Formula(builder);
  for (const { name, shape, dtype } of graph.inputs) builder.input(name, shape, dtype);
  builder.input(PROGRESS, []);
  for (const [name, tensor] of graph.initializers) builder.initializer(name, tensor);
  const noise = noiseOf(graph, plan, types);
  for (const { name, shape } of noise.values()) builder.input(name, shape);
  replay(builder, graph);
  const setting: Setting = {
    v,
    plan,
    progress: PROGRESS,
    types,
    noise,
    stop: new Set(),
    masks: new Map(),
  };
  const changes = plan.regions.flatMap((region) => regionChange(setting, region));
  const terms = budgetTerms(setting, wholeMacs(graph, types));
  const learned = terms.length > 0 ? budgetLoss(v, terms, PROGRESS, budget) : undefined;
  for (const { name } of graph.outputs) builder.output(name);
  for (const name of learned === undefined ? [] : [learned.loss, learned.share])
    builder.output(name, []);
  return {
    graph: rewired(builder.build(), changes),
    classifiers,
    ...(learned && { penalties: [learned.loss], report: { share: learned.share } }),
    progress: PROGRESS,
    noise: [...noise.values()],
    stop: [...setting.stop],
  };
}

/** What readers of the region read in its place; nothing of its own where it is part of another's mask. */
function regionChange(setting: Setting, region: Region): readonly Rewiring[] {
  const { v, plan, types } = setting;
  v.scoped(region.name);
  const mask = maskOf(setting, region);
  if (isAbsorbed(plan, region)) return [];
  if (region.kind === "layer") return [maskedLayer(v, region, mask)];
  if (region.kind === "channels") return [maskedChannels(v, region, mask)];
  return [maskedBlocks(v, region, mask, types.get(region.output)!.shape!)];
}

/** Of the gates, which learn; those of a layer and of its blocks are one, as they are executed. */
function budgetTerms(
  { v, plan, masks }: Setting,
  whole: (region: Region) => number,
): readonly BudgetTerm[] {
  return plan.regions.flatMap((region): readonly BudgetTerm[] => {
    const layer = layerOver(plan, region);
    if ((region.by !== "gate" && layer === undefined) || isAbsorbed(plan, region)) return [];
    v.scoped(region.name);
    const share = v.apply("ReduceMean", [masks.get(region.name)!], { keepdims: int(0) });
    const target = region.target * (layer?.target ?? 1);
    return [{ share, target, macs: whole(region) }];
  });
}

/** Multiply-accumulates of a region that is on altogether, those of halos among them. */
function wholeMacs(graph: Graph, types: Setting["types"]): (region: Region) => number {
  const macs = macsByNode(graph);
  const source = { types, constants: graph.initializers };
  return (region) => {
    if (!isSpatial(region)) return sumOf(macs, region.nodes);
    const { block, blocks } = spatialMacs(graph, region, source);
    return block * blocks;
  };
}

const withoutDeclared = (graph: Graph): Graph => ({ ...graph, declared: new Map() });
