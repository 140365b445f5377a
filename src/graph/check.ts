/** What every graph must hold: one producer for each value, producers before consumers. */
import { UserError } from "../base/errors.ts";
import { subgraphs } from "./attribute.ts";
import type { Graph, Node } from "./types.ts";

/** Control flow nested deeper than this is taken for an attack. */
export const MAX_GRAPH_DEPTH = 32;

/**
 * Checks names, producers and order, in subgraphs too (they may read the values around them).
 *
 * @param where names the graph in messages, e.g. the file
 * @throws UserError at the first defect: a value with two producers or none, a cycle, nodes out of
 *   order, two nodes of one name
 */
export function checkGraph(graph: Graph, where?: string): void {
  checkScope(graph, where === undefined ? "" : `${where}: `, undefined, 0);
}

interface Scope {
  readonly names: ReadonlySet<string>;
  readonly parent: Scope | undefined;
}

function visible(name: string, scope: Scope | undefined): boolean {
  for (let s = scope; s !== undefined; s = s.parent) if (s.names.has(name)) return true;
  return false;
}

function checkScope(graph: Graph, at: string, outer: Scope | undefined, depth: number): void {
  if (depth > MAX_GRAPH_DEPTH)
    throw new UserError(`${at}subgraphs are nested ${depth} deep, at most ${MAX_GRAPH_DEPTH}`, {
      hint: "simplify the model's control flow before it is exported",
    });
  const producers = indexProducers(graph, at);
  const names = new Set<string>();
  const scope: Scope = { names, parent: outer };
  for (const input of graph.inputs) names.add(input.name);
  for (const name of graph.initializers.keys()) names.add(name);
  const nodeNames = new Set<string>();
  for (const node of graph.nodes) {
    if (nodeNames.has(node.name))
      throw new UserError(`${at}two nodes are named ${node.name}, the second is a ${node.op}`, {
        hint: "give each node a name of its own",
      });
    nodeNames.add(node.name);
    for (const input of node.inputs) {
      if (input === "" || visible(input, scope)) continue;
      throw missing(graph, node, input, producers, at);
    }
    for (const body of subgraphs(node))
      checkScope(body, `${at}${node.name} (${node.op}), subgraph ${body.name}: `, scope, depth + 1);
    for (const output of node.outputs) if (output !== "") names.add(output);
  }
  for (const output of graph.outputs)
    if (!visible(output.name, scope))
      throw new UserError(`${at}nothing computes the graph's output ${output.name}`, {
        hint: "remove the output, or add the node that computes it",
      });
}

function indexProducers(graph: Graph, at: string): ReadonlyMap<string, string> {
  const producers = new Map<string, string>();
  const define = (name: string, by: string) => {
    const other = producers.get(name);
    if (other !== undefined)
      throw new UserError(`${at}value ${name} has two producers: ${other} and ${by}`, {
        hint: "give each value a name of its own",
      });
    producers.set(name, by);
  };
  for (const input of graph.inputs) define(input.name, "a graph input");
  for (const name of graph.initializers.keys()) define(name, "an initializer");
  for (const node of graph.nodes)
    for (const output of node.outputs)
      if (output !== "") define(output, `${node.name} (${node.op})`);
  return producers;
}

function missing(
  graph: Graph,
  node: Node,
  input: string,
  producers: ReadonlyMap<string, string>,
  at: string,
): UserError {
  const position = node.inputs.indexOf(input);
  if (!producers.has(input))
    return new UserError(
      `${at}${node.name} (${node.op}): input ${position} is ${input}, which is no graph input, no initializer and no node's output`,
      { hint: "the file lacks an initializer or a node; export the model again" },
    );
  const cycle = findCycle(graph);
  if (cycle !== undefined)
    return new UserError(`${at}the nodes form a cycle: ${cycle.join(" -> ")}`, {
      hint: "a network's nodes must form no cycle; use Loop or Scan for recurrence",
    });
  return new UserError(
    `${at}${node.name} (${node.op}): input ${position} is ${input}, which ${producers.get(input)!} computes only later`,
    { hint: "put the nodes in topological order" },
  );
}

/** Names of the nodes along one cycle, the first repeated at the end; undefined where there is none. */
export function findCycle(graph: Graph): readonly string[] | undefined {
  const producer = new Map<string, Node>();
  for (const node of graph.nodes) for (const output of node.outputs) producer.set(output, node);
  const state = new Map<Node, "open" | "done">();
  for (const root of graph.nodes) {
    if (state.has(root)) continue;
    // Depth first with a stack of our own: networks are deeper than the call stack.
    const path: { readonly node: Node; readonly reads: readonly string[]; next: number }[] = [];
    const enter = (node: Node) => {
      state.set(node, "open");
      path.push({ node, reads: [...reads(node)], next: 0 });
    };
    enter(root);
    while (path.length > 0) {
      const top = path[path.length - 1]!;
      if (top.next === top.reads.length) {
        state.set(top.node, "done");
        path.pop();
        continue;
      }
      const name = top.reads[top.next++]!;
      const before = name === "" ? undefined : producer.get(name);
      if (before === undefined) continue;
      if (state.get(before) === "open") {
        const names = path.slice(path.findIndex((p) => p.node === before)).map((p) => p.node.name);
        // The path runs from consumer to producer; told the way data flows.
        return [names[0]!, ...names.slice(1).reverse(), names[0]!];
      }
      if (!state.has(before)) enter(before);
    }
  }
  return undefined;
}

/** Values that a node reads: its inputs, and what its subgraphs take from the scope around them. */
export function reads(node: Node): ReadonlySet<string> {
  const out = new Set<string>();
  for (const input of node.inputs) if (input !== "") out.add(input);
  for (const body of subgraphs(node)) for (const name of freeNames(body)) out.add(name);
  return out;
}

/** Values that a subgraph reads but does not define. */
export function freeNames(graph: Graph): ReadonlySet<string> {
  const defined = new Set<string>(graph.initializers.keys());
  for (const input of graph.inputs) defined.add(input.name);
  for (const node of graph.nodes) for (const output of node.outputs) defined.add(output);
  const out = new Set<string>();
  for (const node of graph.nodes)
    for (const name of reads(node)) if (!defined.has(name)) out.add(name);
  for (const output of graph.outputs) if (!defined.has(output.name)) out.add(output.name);
  return out;
}
