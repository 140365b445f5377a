/** The form that trains some exits' own weights alone: what they look at stays as it is. */
import { UserError } from "../../base/errors.ts";
import { reads } from "../../graph/check.ts";
import { nameMaker, removeDead, renameValues } from "../../graph/edit.ts";
import type { Graph, Node } from "../../graph/types.ts";
import type { Classifier, Teacher, TrainingForm } from "../../runtime/training/form.ts";
import { masked } from "../masked.ts";
import type { DynamicNetwork, Exit } from "../plan.ts";

/**
 * All weights but those of the exits are renamed, so that the network's own are not trained and its
 * normalisation keeps its running statistics; no gradient passes between exits and trunk. Regions are
 * on and off as the plan has them.
 *
 * @param names exits of the plan
 * @param teacher what they learn from beside the labels, with its weights as they are
 * @throws UserError for a name of no exit, or an exit without weights of its own
 */
export function exitsForm(
  network: DynamicNetwork,
  names: readonly string[],
  teacher: Teacher | undefined,
): TrainingForm {
  const exits = exitsOf(network, names);
  const graph = network.plan.regions.length === 0 ? network.graph : masked(network).graph;
  const isOwn = (name: string) => exits.some((exit) => name.startsWith(`${exit.name}.`));
  for (const { name } of exits)
    if (!Array.from(graph.initializers.keys()).some((each) => each.startsWith(`${name}.`)))
      throw new UserError(`${graph.name}: the exit ${name} has no weights of its own to train`, {
        hint: "leave it out of --only",
        exitCode: 2,
      });
  const classifiers: readonly Classifier[] = exits.map(({ logits, weight }) => ({
    logits,
    weight,
    ...(teacher && { teacher }),
  }));
  const read = [...exits.map((exit) => exit.logits), ...(teacher ? [teacher.logits] : [])];
  const needed = removeDead({
    ...graph,
    outputs: read.map((name) => ({ name, dtype: "float32" as const, shape: undefined })),
    declared: new Map(),
  });
  return {
    graph: renameValues(needed, frozenNames(needed, isOwn)),
    classifiers,
    stop: crossings(needed, ({ name }) => isOwn(name)),
  };
}

/** @throws UserError for a name of no exit */
export function exitsOf(
  { graph, plan }: DynamicNetwork,
  names: readonly string[],
): readonly Exit[] {
  for (const name of names)
    if (!plan.exits.some((exit) => exit.name === name))
      throw new UserError(
        `${graph.name} has ${plan.exits.length === 0 ? "no exits" : `the exits ${plan.exits.map((exit) => exit.name).join(", ")}`}, and --only names ${name}`,
        { hint: plan.exits.length === 0 ? "leave out --only" : "choose among them", exitCode: 2 },
      );
  return plan.exits.filter((exit) => names.includes(exit.name));
}

function frozenNames(graph: Graph, isOwn: (name: string) => boolean): ReadonlyMap<string, string> {
  const fresh = nameMaker(graph);
  return new Map(
    Array.from(graph.initializers.keys())
      .filter((name) => !isOwn(name))
      .map((name) => [name, fresh(`frozen/${name}`)]),
  );
}

/** Values that an own node computes and another one reads, or the other way round. */
function crossings(graph: Graph, isOwn: (node: Node) => boolean): readonly string[] {
  const maker = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  const crossing = new Set<string>();
  for (const node of graph.nodes)
    for (const name of reads(node)) {
      const made = maker.get(name);
      if (made !== undefined && isOwn(made) !== isOwn(node)) crossing.add(name);
    }
  return [...crossing];
}
