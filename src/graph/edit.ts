/** Passes: functions from a graph to a new one. Names of subgraphs' captured values are kept in step. */
import { UserError } from "../base/errors.ts";
import { freeNames, reads } from "./check.ts";
import { topologicalOrder } from "./order.ts";
import type { Attribute, Graph, Node, Tensor } from "./types.ts";

/** Who computes and who reads each value of a graph (not of its subgraphs). */
export interface GraphIndex {
  /** The node that computes a value; undefined for graph inputs and initializers. */
  producer(value: string): Node | undefined;
  /** Nodes that read a value, in order, each once; also where only a subgraph of theirs reads it. */
  consumers(value: string): readonly Node[];
  isOutput(value: string): boolean;
}

export function indexGraph(graph: Graph): GraphIndex {
  const producers = new Map<string, Node>();
  const consumers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output !== "") producers.set(output, node);
    for (const name of reads(node)) {
      const list = consumers.get(name);
      if (list === undefined) consumers.set(name, [node]);
      else list.push(node);
    }
  }
  const outputs = new Set(graph.outputs.map((v) => v.name));
  return {
    producer: (value) => producers.get(value),
    consumers: (value) => consumers.get(value) ?? [],
    isOutput: (value) => outputs.has(value),
  };
}

/**
 * Without nodes, initializers and declared types that no graph output depends on. Inputs stay: they
 * are the network's interface.
 */
export function removeDead(graph: Graph): Graph {
  const live = new Set(graph.outputs.map((v) => v.name));
  const kept: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => live.has(output))) continue;
    kept.push(node);
    for (const name of reads(node)) live.add(name);
  }
  for (const input of graph.inputs) live.add(input.name);
  const nodes = kept.reverse();
  const defined = new Set(nodes.flatMap((n) => n.outputs));
  return {
    ...graph,
    nodes,
    initializers: new Map([...graph.initializers].filter(([name]) => live.has(name))),
    declared: new Map([...graph.declared].filter(([name]) => live.has(name) || defined.has(name))),
  };
}

/**
 * Renames values everywhere: where they are defined, read, declared and captured by subgraphs.
 *
 * @param names old name to new name
 * @throws UserError where a new name is taken
 */
export function renameValues(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  const to = (name: string) => names.get(name) ?? name;
  const seen = new Map<string, string>();
  for (const name of definedNames(graph)) {
    const other = seen.get(to(name));
    if (other !== undefined)
      throw new UserError(`values ${other} and ${name} would both be named ${to(name)}`, {
        hint: "give each value a name of its own",
      });
    seen.set(to(name), name);
  }
  const rewired = rewire(graph, names);
  return {
    ...rewired,
    inputs: graph.inputs.map((v) => ({ ...v, name: to(v.name) })),
    nodes: rewired.nodes.map((node) => ({ ...node, outputs: node.outputs.map(to) })),
    initializers: new Map(Array.from(graph.initializers, ([name, t]) => [to(name), t])),
    declared: new Map(Array.from(graph.declared, ([name, t]) => [to(name), t])),
  };
}

/**
 * Makes every reader of a value read another one: nodes, subgraphs, graph outputs. What computed the
 * old value stays; `removeDead` clears it away.
 */
export function replaceValue(graph: Graph, old: string, by: string): Graph {
  return rewire(graph, new Map([[old, by]]));
}

/**
 * Replaces nodes by others, each by any number (none removes it), and puts the result in order.
 *
 * @param replacement the nodes to stand for `node`; undefined leaves it as it is
 * @param initializers constants that the new nodes read
 */
export function replaceNodes(
  graph: Graph,
  replacement: (node: Node) => readonly Node[] | undefined,
  initializers: ReadonlyMap<string, Tensor> = new Map(),
): Graph {
  return {
    ...graph,
    nodes: topologicalOrder(graph.nodes.flatMap((node) => replacement(node) ?? [node])),
    initializers: new Map([...graph.initializers, ...initializers]),
  };
}

/** Makes names that the graph, its subgraphs included, does not use: `fresh("bias")`. */
export function nameMaker(graph: Graph): (wanted: string) => string {
  const taken = new Set<string>();
  const collect = (g: Graph) => {
    for (const name of definedNames(g)) taken.add(name);
    for (const node of g.nodes) {
      taken.add(node.name);
      for (const body of Object.values(node.attributes)) {
        if (body.kind === "graph") collect(body.value);
        if (body.kind === "graphs") body.value.forEach(collect);
      }
    }
  };
  collect(graph);
  const last = new Map<string, number>();
  return (wanted) => {
    let name = wanted;
    let i = last.get(wanted) ?? 0;
    while (taken.has(name)) name = `${wanted}_${++i}`;
    last.set(wanted, i);
    taken.add(name);
    return name;
  };
}

function* definedNames(graph: Graph): Generator<string> {
  for (const { name } of graph.inputs) yield name;
  yield* graph.initializers.keys();
  for (const node of graph.nodes)
    for (const output of node.outputs) if (output !== "") yield output;
}

/** Reads of nodes and graph outputs renamed; definitions as they were. */
function rewire(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map((node) => renameReads(node, names)),
    outputs: graph.outputs.map((v) => ({ ...v, name: names.get(v.name) ?? v.name })),
  };
}

/** A node that reads values by other names, its subgraphs too. */
export function renameReads(node: Node, names: ReadonlyMap<string, string>): Node {
  const attributes = Object.entries(node.attributes).map(
    ([name, attribute]): [string, Attribute] => [name, rewireAttribute(attribute, names)],
  );
  return {
    ...node,
    inputs: node.inputs.map((name) => names.get(name) ?? name),
    attributes: Object.fromEntries(attributes),
  };
}

function rewireAttribute(attribute: Attribute, names: ReadonlyMap<string, string>): Attribute {
  if (attribute.kind === "graph")
    return { ...attribute, value: rewireBody(attribute.value, names) };
  if (attribute.kind === "graphs")
    return { ...attribute, value: attribute.value.map((body) => rewireBody(body, names)) };
  return attribute;
}

/** In a subgraph only what it captures is renamed: a value of its own hides one around it. */
function rewireBody(body: Graph, names: ReadonlyMap<string, string>): Graph {
  const free = freeNames(body);
  const captured = new Map([...names].filter(([old]) => free.has(old)));
  if (captured.size === 0) return body;
  const own = new Set(definedNames(body));
  for (const [old, by] of captured)
    if (own.has(by))
      throw new UserError(
        `subgraph ${body.name} reads ${old}, which cannot become ${by}: it has a value of that name`,
        { hint: "choose a name that no subgraph uses" },
      );
  return rewire(body, captured);
}
