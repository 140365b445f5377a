/** Shapes and counts of what an If, Loop or Scan carries: each branch on its own, as if it ran once. */
import type { Graph, Node, Tensor, Value, ValueType } from "../../../../src/graph/types.ts";
import { analyze } from "../../../../src/ops/analyze.ts";
import type { Analysis, AnalyzedNode } from "../../../../src/ops/types.ts";
import type { Branch, Unfolded } from "../../graph-view/unfold.ts";

export interface BranchFacts {
  readonly nodes: readonly (AnalyzedNode | undefined)[];
  readonly conditional: readonly (string | undefined)[];
  readonly types: ReadonlyMap<string, ValueType>;
}

export function branchFacts(unfolded: Unfolded, outer: Analysis): BranchFacts {
  const { graph, branches, branchOf } = unfolded;
  const nodes = graph.nodes.map((): AnalyzedNode | undefined => undefined);
  const conditional = graph.nodes.map((): string | undefined => undefined);
  const members = new Map<number, number[]>([[-1, []]]);
  branches.forEach((_, b) => void members.set(b, []));
  branchOf.forEach((branch, i) => void members.get(branch)!.push(i));
  members.get(-1)!.forEach((node, i) => {
    nodes[node] = outer.nodes[i];
  });
  const types = new Map(outer.types);
  // Those around come before those inside, which read their types.
  branches.forEach((branch, b) => {
    const own = members.get(b)!;
    const found = attempt(unfolded, branch, own, types);
    for (const [name, type] of found?.types ?? []) if (!types.has(name)) types.set(name, type);
    own.forEach((node, i) => {
      nodes[node] = found?.nodes[i];
      conditional[node] = conditionText(unfolded, branch, found);
    });
  });
  return { nodes, conditional, types };
}

/** undefined: its shapes contradict each other as they are known here */
function attempt(
  { graph, whole }: Unfolded,
  { declared }: Branch,
  own: readonly number[],
  types: ReadonlyMap<string, ValueType>,
): Analysis | undefined {
  const nodes: readonly Node[] = own.map((i) => whole[i]!);
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const inputs = new Map<string, Value>();
  const initializers = new Map<string, Tensor>();
  for (const i of own)
    for (const name of graph.nodes[i]!.inputs) {
      if (name === "" || made.has(name)) continue;
      const weight = graph.initializers.get(name);
      if (weight !== undefined) initializers.set(name, weight);
      else {
        const type = types.get(name) ?? declared.get(name);
        inputs.set(name, { dtype: "float32", shape: undefined, ...type, name });
      }
    }
  const part: Graph = {
    ...graph,
    nodes,
    inputs: [...inputs.values()],
    outputs: [],
    initializers,
    declared,
  };
  try {
    return analyze(part);
  } catch {
    return undefined;
  }
}

function conditionText({ graph }: Unfolded, branch: Branch, found: Analysis | undefined): string {
  const { op } = graph.nodes[branch.carrier]!;
  const when =
    op === "If"
      ? `runs only where ${branch.name} (If) takes its ${branch.label} branch`
      : `runs once for each turn of ${branch.name} (${op})`;
  const assumed = found?.gaps.some(({ reason }) => reason.includes("counted as 1"));
  return `${when}; these figures are of one run${assumed ? ", sizes that only the data decides as 1" : ""}, and stand in no sum of the network`;
}
