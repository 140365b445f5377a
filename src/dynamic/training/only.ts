/** The form that trains some exits' own weights alone: what they look at stays as it is. */
import { UserError } from "../../base/errors.ts";
import { reads } from "../../graph/check.ts";
import { nameMaker, removeDead, renameValues } from "../../graph/edit.ts";
import type { Graph } from "../../graph/types.ts";
import type { Classifier, Teacher, TrainingForm } from "../../runtime/training/form.ts";
import { masked } from "../masked.ts";
import type { DynamicNetwork, Exit } from "../plan.ts";
import { onTheWay } from "../trunk.ts";

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
  const nodes = new Set<string>();
  const weights = new Set<string>();
  for (const exit of exits) {
    const own = ownParts(graph, exit);
    if (own.weights.length === 0)
      throw new UserError(
        `${graph.name}: the exit ${exit.name} has no weights of its own to train`,
        { hint: "leave it out of --only", exitCode: 2 },
      );
    for (const name of own.nodes) nodes.add(name);
    for (const name of own.weights) weights.add(name);
  }
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
    graph: renameValues(needed, frozenNames(needed, weights)),
    classifiers,
    stop: entrances(needed, nodes),
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

/**
 * What an exit's logits need and only it was given. What joins a coarse network to the full one bears its
 * name and is not among them: it is part of what later exits look at.
 */
function ownParts(graph: Graph, { name: exit, logits }: Exit) {
  const isNamed = (name: string) => name.startsWith(`${exit}.`);
  const nodes = onTheWay(graph, logits).filter(({ name }) => isNamed(name));
  const read = nodes.flatMap((node) => [...reads(node)]);
  return {
    nodes: nodes.map(({ name }) => name),
    weights: read.filter((name) => isNamed(name) && graph.initializers.has(name)),
  };
}

function frozenNames(graph: Graph, own: ReadonlySet<string>): ReadonlyMap<string, string> {
  const fresh = nameMaker(graph);
  return new Map(
    Array.from(graph.initializers.keys())
      .filter((name) => !own.has(name))
      .map((name) => [name, fresh(`frozen/${name}`)]),
  );
}

/** Values of other nodes that own ones read: nothing passes back from there. */
function entrances(graph: Graph, own: ReadonlySet<string>): readonly string[] {
  const others = graph.nodes.filter(({ name }) => !own.has(name));
  const made = new Set(others.flatMap((node) => node.outputs));
  const read = graph.nodes.filter(({ name }) => own.has(name)).flatMap((node) => [...reads(node)]);
  return [...new Set(read.filter((name) => made.has(name)))];
}
