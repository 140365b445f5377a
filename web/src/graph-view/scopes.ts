/** Paths of groups, by names or structure: for the network itself, and for each branch on its own. */
import { pathsByName } from "./name-groups.ts";
import type { Outline, Paths } from "./outline.ts";
import { pathsByStructure } from "./structure-groups.ts";
import type { Unfolded } from "./unfold.ts";

/**
 * @param shown positions in `graph.nodes` of the nodes that are drawn
 * @param edges between them, by those positions
 * @param sizes by those positions; see `pathsByStructure`
 */
export function pathsOf(
  { branches, branchOf, names }: Unfolded,
  shown: readonly number[],
  edges: readonly (readonly [number, number])[],
  sizes: readonly number[],
): {
  readonly paths: Paths;
  readonly grouping: Outline["grouping"];
  /** Paths, as text, of the groups that are branches. */
  readonly branches: ReadonlySet<string>;
} {
  const members = new Map<number, number[]>([[-1, []]]);
  branches.forEach((_, b) => void members.set(b, []));
  for (const node of shown) members.get(branchOf[node]!)!.push(node);
  /** What stands for a node in a scope around it; undefined: it is in none inside. */
  const standIn = (node: number, scope: number): number | undefined => {
    let at = node;
    while (branchOf[at] !== scope) {
      const branch = branches[branchOf[at]!];
      if (branch === undefined) return undefined;
      at = branch.carrier;
    }
    return at;
  };
  const pathOf = new Map<number, readonly string[]>();
  const kept = new Set<string>();
  let grouping: Outline["grouping"] = "structure";
  for (let scope = -1; scope < branches.length; scope++) {
    const own = members.get(scope)!;
    const byName = pathsByName(own.map((node) => names[node]!));
    if (scope < 0 && byName !== undefined) grouping = "names";
    const inside = byName ?? byStructure(own, edges, sizes, (node) => standIn(node, scope));
    const branch = branches[scope];
    const prefix = branch === undefined ? [] : [...pathOf.get(branch.carrier)!, branch.label];
    if (branch !== undefined) kept.add(prefix.join("/"));
    const carriers = new Set(branches.flatMap((b) => (b.parent === scope ? [b.carrier] : [])));
    own.forEach((node, i) => {
      const path = [...prefix, ...inside[i]!];
      pathOf.set(node, carriers.has(node) ? [...path, names[node]!] : path);
    });
  }
  return { paths: shown.map((node) => pathOf.get(node)!), grouping, branches: kept };
}

function byStructure(
  own: readonly number[],
  edges: readonly (readonly [number, number])[],
  sizes: readonly number[],
  standIn: (node: number) => number | undefined,
): Paths {
  const index = new Map(own.map((node, i) => [node, i]));
  const position = (node: number): number | undefined => {
    const stand = standIn(node);
    return stand === undefined ? undefined : index.get(stand);
  };
  const among = edges.flatMap(([a, b]) => {
    const [from, to] = [position(a), position(b)];
    return from === undefined || to === undefined || from >= to ? [] : [[from, to] as const];
  });
  return pathsByStructure(
    own.length,
    among,
    own.map((node) => sizes[node] ?? 0),
  );
}
