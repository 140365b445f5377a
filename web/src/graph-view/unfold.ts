/**
 * A network with control flow (If, Loop, Scan) laid open: the nodes of its bodies stand among the others,
 * before the node that carries them, which reads what the bodies give. What is drawn has no other source.
 */
import type { Graph, Node, Tensor, ValueType } from "../../../src/graph/types.ts";

/** A graph that a node carries. */
export interface Branch {
  /** `then`, `else`, `body`. */
  readonly label: string;
  /** Position in `graph.nodes` of the node that carries it. */
  readonly carrier: number;
  /** The carrier's name in its own graph. */
  readonly name: string;
  /** Branch in which the carrier stands; -1: the network itself. Parents stand before their children. */
  readonly parent: number;
  /** Types that the file declares for values in it, by their names here. */
  readonly declared: ReadonlyMap<string, ValueType>;
}

export interface Unfolded {
  /** No node carries a graph; names in bodies begin with the carrier's: `If_3/then_branch/Conv_1`. */
  readonly graph: Graph;
  readonly branches: readonly Branch[];
  /** Innermost branch of each node; -1: the network itself. */
  readonly branchOf: Int32Array;
  /** Each node as its own graph has it, with its attributes; inputs and outputs named as in `graph`. */
  readonly whole: readonly Node[];
  /** The value that a body's input begins with, or holds a part of. */
  readonly fedBy: ReadonlyMap<string, string>;
  /** Names in their own graphs. */
  readonly names: readonly string[];
}

type Names = ReadonlyMap<string, string>;
type MutableBranch = { -readonly [K in keyof Branch]: Branch[K] };

export function unfold(graph: Graph): Unfolded {
  const nodes: Node[] = [];
  const whole: Node[] = [];
  const names: string[] = [];
  const branchOf: number[] = [];
  const branches: MutableBranch[] = [];
  const fedBy = new Map<string, string>();
  const initializers = new Map<string, Tensor>(graph.initializers);
  const taken = new Set(graph.nodes.map(({ name }) => name));
  const fresh = (wanted: string): string => {
    let name = wanted;
    for (let i = 2; taken.has(name); i++) name = `${wanted} (${i})`;
    taken.add(name);
    return name;
  };
  // Depth is limited where files are read.
  const add = (node: Node, branch: number, name: string, seen: Names) => {
    const inputs = node.inputs.map((v) => seen.get(v) ?? v);
    const outputs = node.outputs.map((v) => seen.get(v) ?? v);
    const given: string[] = [];
    const own: MutableBranch[] = [];
    for (const [label, body] of bodies(node)) {
      const at = branches.length;
      const entry = { label, carrier: -1, name: node.name, parent: branch, declared: new Map() };
      branches.push(entry);
      own.push(entry);
      given.push(...open(body, at, `${name}/${label}`, seen, inputs));
    }
    const carrier = nodes.length;
    for (const entry of own) entry.carrier = carrier;
    const attributes = Object.fromEntries(
      Object.entries(node.attributes).filter(
        ([, { kind }]) => kind !== "graph" && kind !== "graphs",
      ),
    );
    const read = own.length === 0 ? inputs : [...inputs, ...given];
    nodes.push({ ...node, name, inputs: read, outputs, attributes });
    whole.push({ ...node, name, inputs, outputs });
    names.push(node.name);
    branchOf.push(branch);
  };
  /** @returns what the body gives, by names here */
  const open = (
    body: Graph,
    at: number,
    prefix: string,
    around: Names,
    inputs: readonly string[],
  ): string[] => {
    const seen = new Map(around);
    const declared = new Map<string, ValueType>();
    const define = (v: string): string => {
      const name = `${prefix}/${v}`;
      seen.set(v, name);
      return name;
    };
    body.inputs.forEach((value, i) => {
      // A state that turns change, and one slice of what Scan reads, are of types of their own.
      const name = define(value.name);
      declared.set(name, value);
      if (inputs[i]) fedBy.set(name, inputs[i]!);
    });
    for (const [name, tensor] of body.initializers) initializers.set(define(name), tensor);
    for (const { outputs } of body.nodes) for (const v of outputs) if (v !== "") define(v);
    for (const [v, type] of body.declared) declared.set(seen.get(v) ?? v, type);
    branches[at]!.declared = declared;
    for (const node of body.nodes) add(node, at, fresh(`${prefix}/${node.name}`), seen);
    return body.outputs.map(({ name }) => seen.get(name) ?? name);
  };
  for (const node of graph.nodes) add(node, -1, node.name, NONE);
  return {
    graph: branches.length === 0 ? graph : { ...graph, nodes, initializers },
    branches,
    branchOf: Int32Array.from(branchOf),
    whole,
    fedBy,
    names,
  };
}

const NONE: Names = new Map();

function bodies({ attributes }: Node): readonly (readonly [string, Graph])[] {
  const out: (readonly [string, Graph])[] = [];
  // The branch that an If takes where its condition holds stands first.
  const entries = Object.entries(attributes).sort(([a], [b]) => rank(a) - rank(b));
  for (const [name, attribute] of entries) {
    const label = name.replace(/_branch$/, "");
    if (attribute.kind === "graph") out.push([label, attribute.value]);
    else if (attribute.kind === "graphs")
      attribute.value.forEach((graph, i) => void out.push([`${label} ${i + 1}`, graph]));
  }
  return out;
}

const rank = (name: string): number => (name === "then_branch" ? 0 : 1);
