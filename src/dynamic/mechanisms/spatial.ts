/** What mechanisms that leave out blocks of positions have in common. */
import { UserError } from "../../base/errors.ts";
import { int, ints } from "../../graph/attribute.ts";
import type { Graph } from "../../graph/types.ts";
import { Network } from "../../zoo/morphisms/network.ts";
import { Patch } from "../../zoo/morphisms/patch.ts";
import { type DynamicNetwork, nodesOfRegion, type Spatial } from "../plan.ts";
import { type Place, placesOf } from "./places.ts";
import { inStage, wantedStages } from "./stages.ts";
import type { Mechanism, OptionValues } from "./types.ts";

/** A block is this wide where nothing else is said, but at most half the map. */
const BLOCK = 8;

export const SPATIAL_OPTIONS = {
  at: { kind: "stages", byDefault: "all", summary: "stages whose regions get masks" },
  block: {
    kind: "numbers",
    byDefault: 0,
    min: 0,
    whole: true,
    summary: `side of a block, for all stages or each (8+8+4), at most the map; 0: ${BLOCK}, at most half the map`,
  },
} satisfies Mechanism["options"];

export interface SpatialMechanism {
  readonly name: string;
  readonly values: OptionValues;
  /** Regions that follow each other in a stage have the mask of the first of them. */
  readonly share: boolean;
  /** Adds what decides and returns its value, float32 [batch, 1, blocks high, blocks wide]. */
  readonly score: (patch: Patch, graph: Graph, place: Place, block: number) => string;
  /** The rest of a region in a stage. */
  readonly region: (
    stages: readonly number[],
  ) => (stage: number) => Pick<Spatial, "by" | "keep" | "ascent" | "target">;
}

/** @throws UserError where no place suits */
export function addSpatial(
  network: DynamicNetwork,
  { name, values, share, score, region }: SpatialMechanism,
): DynamicNetwork {
  const { graph } = network;
  const { places, gaps } = placesOf(graph);
  const taken = new Set(
    network.plan.regions.filter((each) => each.kind !== "layer").flatMap(nodesOfRegion),
  );
  const free = places.filter((place) => !place.nodes.some((node) => taken.has(node)));
  if (free.length === 0) throw nothing(name, graph, places, gaps);
  const what = `${name}: ${graph.name}`;
  const stages = wantedStages(
    what,
    values,
    free.map(({ stage }) => stage),
    "free region",
  );
  const block = inStage(name, "block", values, stages);
  const rest = region(stages);
  let so = withDense(network, gaps);
  let before: Spatial | undefined;
  let count = network.plan.regions.filter((each) => each.name.startsWith(name)).length;
  for (const place of free.filter(({ stage }) => stages.includes(stage))) {
    const { stage, height, width, channels: _, ...where } = place;
    const least = Math.min(height, width);
    const side = Math.min(block(stage) || Math.max(1, Math.min(BLOCK, least >> 1)), least);
    const own = `${name}${++count}`;
    const follows = share && before?.result === place.input && before.block === side;
    const patch = new Patch(new Network(so.graph), own);
    const value = follows ? before!.score : score(patch, so.graph, place, side);
    before = { kind: "spatial", name: own, ...where, block: side, score: value, ...rest(stage) };
    const outputs = follows
      ? so.graph.outputs
      : [...so.graph.outputs, { name: value, dtype: "float32" as const, shape: undefined }];
    so = {
      graph: follows ? so.graph : patch.finish({ ...so.graph, outputs }),
      plan: { ...so.plan, regions: [...so.plan.regions, before] },
    };
  }
  return so;
}

type Gaps = ReturnType<typeof placesOf>["gaps"];

/** Operators for which branches stay dense, counted with those that are dense anyway. */
function withDense({ graph, plan }: DynamicNetwork, gaps: Gaps): DynamicNetwork {
  const dense = { ...plan.dense };
  const counted = new Set(Object.keys(plan.dense));
  for (const { node } of gaps) {
    const op = node.domain === "" ? node.op : `${node.domain}.${node.op}`;
    if (!counted.has(op)) dense[op] = (dense[op] ?? 0) + 1;
  }
  return { graph, plan: { ...plan, dense } };
}

function nothing(name: string, graph: Graph, places: readonly Place[], gaps: Gaps): UserError {
  if (places.length > 0)
    return new UserError(
      `${name}: each of the ${places.length} regions of ${graph.name} has a mask already`,
      { hint: "give the other mechanism some stages only, e.g. at=1", exitCode: 2 },
    );
  const named = gaps.map(({ node, reason }) => `${node.name} (${node.op}): ${reason}`);
  const why = named.length === 0 ? "" : `; ${named.slice(0, 3).join("; ")}`;
  return new UserError(
    `${name}: ${graph.name} has no residual branch of stride 1 and no convolution that keeps channels and size, which blocks could compute${why}`,
    { hint: "choose another mechanism: exits or multires", exitCode: 2 },
  );
}

/** Means over blocks; those at the right and bottom edge are over what lies in the map. */
export function blockMeans(patch: Patch, x: string, block: number): string {
  const side = ints(block, block);
  return patch.add("AveragePool", "blocks", [x], {
    kernel_shape: side,
    strides: side,
    ceil_mode: int(1),
  });
}
