/**
 * Where blocks of positions can be left out: residual branches of stride 1, and in plain networks
 * convolutions that keep channels and size, around which inactive positions pass.
 */
import { UserError } from "../../base/errors.ts";
import { indexGraph } from "../../graph/edit.ts";
import type { Graph, Node } from "../../graph/types.ts";
import {
  type BlockSource,
  blockSource,
  haloOf,
  type RegionGap,
  regionGaps,
} from "../blocks/index.ts";
import type { Spatial } from "../plan.ts";
import { between, residualsOf } from "../residuals.ts";
import { type Cut, cutsOf, stagesOf } from "../trunk.ts";
import { fixedBy } from "./values.ts";

export type Place = Pick<
  Spatial,
  "nodes" | "input" | "output" | "mode" | "sum" | "after" | "result"
> & {
  readonly stage: number;
  /** Of the feature map. */
  readonly channels: number;
  readonly height: number;
  readonly width: number;
};

export interface Places {
  /** In the order in which they run. */
  readonly places: readonly Place[];
  /** Nodes for which residual branches stay dense. */
  readonly gaps: readonly RegionGap[];
}

/** Convolutions of a plain network in one region: each adds its halo to what those before compute. */
const RUN = 2;

export function placesOf(graph: Graph): Places {
  const source = blockSource(graph);
  const stages = stagesOf(cutsOf(graph, graph.outputs[0]!.name));
  const gaps: RegionGap[] = [];
  const found: { readonly place: Place; readonly position: number }[] = [];
  for (const residual of residualsOf(graph, stages)) {
    const inside = new Set(residual.nodes);
    const nodes = graph.nodes.filter((node) => inside.has(node.name));
    const unable = regionGaps(nodes, source);
    gaps.push(...unable);
    const place: Place = {
      ...placeAt(residual.stage, residual.from),
      nodes: nodes.map((node) => node.name),
      output: residual.branch,
      mode: "add",
      sum: residual.sum,
      ...following(graph, residual.sum, residual.from.value),
    };
    if (unable.length === 0 && runs(place, nodes, source))
      found.push({ place, position: residual.from.position });
  }
  for (const { number, cuts } of stages)
    for (let i = 0; i < cuts.length; ) {
      const run = runFrom(graph, cuts.slice(i), source);
      if (run === undefined) {
        i++;
        continue;
      }
      const place: Place = {
        ...placeAt(number, cuts[i]!),
        nodes: run.nodes.map((node) => node.name),
        output: run.end,
        mode: "replace",
        after: [],
        result: run.end,
      };
      found.push({ place, position: cuts[i]!.position });
      i = cuts.findIndex((cut) => cut.value === run.end);
    }
  const places = found.toSorted((a, b) => a.position - b.position).map(({ place }) => place);
  return { places, gaps };
}

const placeAt = (stage: number, { value, channels, height, width }: Cut) => ({
  stage,
  channels,
  height,
  width,
  input: value,
});

/**
 * What follows a sum and leaves the shortcut as it is: left out at inactive positions, it changes
 * nothing there.
 */
function following(graph: Graph, sum: string, base: string) {
  const index = indexGraph(graph);
  const after: string[] = [];
  let result = graph.nodes.find((node) => node.name === sum)!.outputs[0]!;
  for (;;) {
    const [next, ...others] = index.consumers(result);
    if (next === undefined || others.length > 0 || index.isOutput(result)) break;
    if (!fixedBy(graph, next, base)) break;
    after.push(next.name);
    result = next.outputs[0]!;
  }
  return { after, result };
}

/** The longest run of at most `RUN` convolutions from the first cut on that blocks can compute. */
function runFrom(graph: Graph, cuts: readonly Cut[], source: BlockSource) {
  const [first] = cuts;
  let best: { readonly nodes: readonly Node[]; readonly end: string } | undefined;
  for (const cut of cuts.slice(1)) {
    const names = between(graph, first!.value, cut.value);
    if (names === undefined) continue;
    const nodes = graph.nodes.filter((node) => names.includes(node.name));
    const convolutions = nodes.filter((node) => node.op === "Conv").length;
    // Pools and what is no chain of layers end the run; so does more than one region should hold.
    if (convolutions > RUN || regionGaps(nodes, source).length > 0) break;
    if (nodes[0]?.op !== "Conv" || nodes.some((node) => node.op.endsWith("Pool"))) break;
    if (cut.channels !== first!.channels) continue;
    const place = { input: first!.value, output: cut.value, mode: "replace" as const };
    if (runs(place, nodes, source)) best = { nodes, end: cut.value };
  }
  return best;
}

/** Whether block execution takes the nodes as one chain with the input as its base. */
function runs(
  { input, output, mode }: Pick<Place, "input" | "output" | "mode">,
  nodes: readonly Node[],
  source: BlockSource,
): boolean {
  try {
    haloOf({ nodes, input, output, mode, block: 1, base: input }, source);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}
