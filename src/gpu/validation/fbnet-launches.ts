/**
 * FBNet's networks by the thousand. A block's layers follow from its place and its kind alone, since
 * the channels between places are fixed: each is analysed and lowered once, on the ordinary graph by
 * the ordinary code, and a network is strung together of them. The launches are those of
 * `predict(fbnet(…))` where each node is a launch of its own.
 */
import { analyze } from "../../ops/analyze.ts";
import type { AnalyzedNode } from "../../ops/types.ts";
import {
  buildNetwork,
  FBNET_BLOCKS,
  FBNET_LAYERS,
  type ParameterValue,
  parseFbnet,
} from "../../zoo/index.ts";
import type { Launch } from "../lower.ts";
import { programOf } from "../program.ts";

export interface FbnetParts<T> {
  readonly stem: readonly T[];
  /** By place, then by kind of block. */
  readonly cells: readonly (readonly (readonly T[])[])[];
  /** By layer. */
  readonly head: readonly (readonly T[])[];
}

/**
 * Takes the layers out of nine networks, one for each kind of block in all places.
 *
 * @param settings of the network other than its blocks
 * @throws UserError for settings that the network does not take
 */
export function fbnetNodes(
  settings: Readonly<Record<string, ParameterValue>>,
  batch: number,
): FbnetParts<AnalyzedNode> {
  const uniform = FBNET_BLOCKS.map((kind) => {
    const blocks = Array.from({ length: FBNET_LAYERS }, () => kind).join(" ");
    const graph = buildNetwork("fbnet", { ...settings, blocks });
    return programOf(analyze(graph, { bind: { batch } })).nodes;
  });
  const outside = (layer: string): AnalyzedNode[] =>
    uniform[0]!.filter(({ node: { name } }) => name === layer || name.startsWith(`${layer}.`));
  return {
    stem: outside("stem"),
    cells: Array.from({ length: FBNET_LAYERS }, (_, place) =>
      uniform.map((nodes) => nodes.filter((n) => n.node.name.startsWith(`cells.${place}.`))),
    ),
    head: ["header", "avgpool", "fc"].map((layer) => outside(layer)),
  };
}

export function lowerParts(
  { stem, cells, head }: FbnetParts<AnalyzedNode>,
  lower: (node: AnalyzedNode) => Launch,
): FbnetParts<Launch> {
  return {
    stem: stem.map(lower),
    cells: cells.map((kinds) => kinds.map((nodes) => nodes.map(lower))),
    head: head.map((nodes) => nodes.map(lower)),
  };
}

/** Launches by block. @param blocks as `parseFbnet` reads them */
export function fbnetLaunches(
  { stem, cells, head }: FbnetParts<Launch>,
  blocks: string,
): readonly (readonly Launch[])[] {
  const kinds = parseFbnet(blocks);
  return [stem, ...cells.map((byKind, place) => byKind[kinds[place]!]!), ...head];
}
