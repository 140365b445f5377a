/**
 * What is drawn of a network: its items (nodes, inputs, outputs), who feeds whom, and the nested groups
 * that fold together. Arrays, because networks have tens of thousands of nodes and the outline crosses
 * from a worker to the page.
 */
import { reads } from "../../../src/graph/check.ts";
import type { Graph } from "../../../src/graph/types.ts";
import { pathsOf } from "./scopes.ts";
import type { Unfolded } from "./unfold.ts";

/** A block that folds together. Parents stand before their children. */
export interface Group {
  /** Unique: the parts of the path, joined by `/`. */
  readonly path: string;
  /** What is written on it. */
  readonly label: string;
  /** Index of the enclosing group; -1: none. */
  readonly parent: number;
  /** 0: outermost. */
  readonly depth: number;
  /** Items inside, those of inner groups too. */
  readonly size: number;
  /** What an If, Loop or Scan carries: it runs as the data decides, and counts in no sum around it. */
  readonly branch: boolean;
}

export type ItemKind = "node" | "input" | "output";

export interface Outline {
  readonly kinds: readonly ItemKind[];
  /** Where the item stands in `graph.nodes`, `graph.inputs` or `graph.outputs`. */
  readonly places: Int32Array;
  readonly names: readonly string[];
  /** Innermost group of each item; -1: none. */
  readonly groupOf: Int32Array;
  readonly groups: readonly Group[];
  /** From item to item, in pairs, each pair once. Items stand in topological order. */
  readonly edges: Int32Array;
  /** Nodes left out because they are constants. */
  readonly constants: number;
  /** What the groups were made from. */
  readonly grouping: "names" | "structure";
}

/** Paths of groups, one for each drawn node, outermost part first. */
export type Paths = readonly (readonly string[])[];

/**
 * @param hidden positions in `graph.nodes` of nodes that are folded to constants
 * @param sizes of the first output of each node, height times width; 0 where not known
 */
export function outlineOf(
  unfolded: Unfolded,
  hidden: ReadonlySet<number>,
  sizes: readonly number[],
): Outline {
  const { graph, fedBy } = unfolded;
  const shown = graph.nodes.flatMap((_, i) => (hidden.has(i) ? [] : [i]));
  const { inputs } = graph;
  const first = inputs.length;
  const kinds: ItemKind[] = [
    ...inputs.map(() => "input" as const),
    ...shown.map(() => "node" as const),
    ...graph.outputs.map(() => "output" as const),
  ];
  const places = Int32Array.from([
    ...inputs.map((_, i) => i),
    ...shown,
    ...graph.outputs.map((_, i) => i),
  ]);
  const names = [
    ...inputs.map((v) => v.name),
    ...shown.map((i) => graph.nodes[i]!.name),
    ...graph.outputs.map((v) => v.name),
  ];
  const edges = edgesOf(graph, shown, fedBy);
  const { paths, grouping, branches } = pathsOf(
    unfolded,
    shown,
    edges.flatMap(([a, b]) =>
      a >= first && b >= first && b < first + shown.length
        ? [[shown[a - first]!, shown[b - first]!] as const]
        : [],
    ),
    sizes,
  );
  const { groups, groupOf } = groupsOf(paths, branches);
  const all = new Int32Array(kinds.length).fill(-1);
  all.set(groupOf, first);
  return {
    kinds,
    places,
    names,
    groupOf: all,
    groups,
    edges: Int32Array.from(edges.flat()),
    constants: hidden.size,
    grouping,
  };
}

function edgesOf(
  graph: Graph,
  shown: readonly number[],
  fedBy: Unfolded["fedBy"],
): (readonly [number, number])[] {
  const producer = new Map<string, number>();
  graph.inputs.forEach((v, i) => {
    producer.set(v.name, i);
  });
  const first = graph.inputs.length;
  const edges: (readonly [number, number])[] = [];
  const read = (names: Iterable<string>, item: number) => {
    const sources = new Set<number>();
    for (const name of names) {
      let at: string | undefined = name;
      while (at !== undefined && !producer.has(at)) at = fedBy.get(at);
      const source = at === undefined ? undefined : producer.get(at);
      if (source !== undefined) sources.add(source);
    }
    for (const source of sources) edges.push([source, item]);
  };
  shown.forEach((place, i) => {
    const node = graph.nodes[place]!;
    read(reads(node), first + i);
    for (const name of node.outputs) if (name !== "") producer.set(name, first + i);
  });
  graph.outputs.forEach((v, i) => {
    read([v.name], first + shown.length + i);
  });
  return edges;
}

interface Draft {
  readonly path: string;
  readonly label: string;
  readonly parent: Draft | undefined;
  readonly children: Map<string, Draft>;
  items: number;
  /** Items that are in no inner group. */
  own: number;
}

/** Two nodes fold to little less than themselves. */
const SMALLEST = 3;

const NO_BRANCHES: ReadonlySet<string> = new Set();

/**
 * The tree of groups; one of a few items, or of nothing but another group, is none.
 *
 * @param branches paths of groups that stay, however small
 */
export function groupsOf(
  paths: Paths,
  branches: ReadonlySet<string> = NO_BRANCHES,
): {
  readonly groups: readonly Group[];
  readonly groupOf: Int32Array;
} {
  const root: Draft = draft("", "", undefined);
  const leaf = paths.map((path) => {
    let at = root;
    for (const part of path) {
      let next = at.children.get(part);
      if (next === undefined) {
        next = draft(at === root ? part : `${at.path}/${part}`, part, at);
        at.children.set(part, next);
      }
      at = next;
    }
    at.own++;
    for (let up: Draft | undefined = at; up !== undefined; up = up.parent) up.items++;
    return at;
  });
  const groups: Group[] = [];
  const index = new Map<Draft, number>([[root, -1]]);
  // Depth first with a stack of our own: paths come from files.
  const stack = [...root.children.values()].reverse();
  while (stack.length > 0) {
    const d = stack.pop()!;
    const parent = index.get(d.parent!)!;
    const only = d.own === 0 && d.children.size === 1;
    const branch = branches.has(d.path);
    // What is all of a branch says no more than the branch.
    const whole =
      d.items === root.items || (d.items === d.parent!.items && branches.has(d.parent!.path));
    if (!branch && (d.items < SMALLEST || only || whole)) index.set(d, parent);
    else {
      index.set(d, groups.length);
      const depth = parent < 0 ? 0 : groups[parent]!.depth + 1;
      groups.push({ path: d.path, label: d.label, parent, depth, size: d.items, branch });
    }
    stack.push(...[...d.children.values()].reverse());
  }
  return { groups, groupOf: Int32Array.from(leaf, (d) => index.get(d)!) };
}

const draft = (path: string, label: string, parent: Draft | undefined): Draft => ({
  path,
  label,
  parent,
  children: new Map(),
  items: 0,
  own: 0,
});
