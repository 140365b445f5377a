/** How a region of blocks is computed: on its active blocks, on all of the map, or on what is cheaper. */
import { symbolsOf } from "../graph/dim.ts";
import type { Graph } from "../graph/types.ts";
import { type BlockSource, type RegionMacs, regionMacs } from "./blocks/index.ts";
import { topCount } from "./masks.ts";
import type { Spatial } from "./plan.ts";
import { blockRegion } from "./rewrite.ts";

export type Path =
  /** Not at all: no block is ever active. */
  | { readonly kind: "none" }
  /** Blocks alone: the number of active ones is known, and small enough. */
  | { readonly kind: "blocks" }
  /** The masked map: so many blocks are always active that it costs less. */
  | { readonly kind: "dense" }
  /** Decided at run time by the fraction of active blocks. */
  | { readonly kind: "either"; readonly denseAbove: number };

/**
 * MACs of active blocks, of the dense region's, at which both take the same time. Measured on two cores
 * of an EPYC, one thread, with bench/block-execution.mjs: 0.60 to 0.82 over 64 and 128 channels on maps
 * of 8 to 32 pixels in blocks of 4 to 16, batch 1 and 32.
 */
const BREAK_EVEN = 0.72;
/** Stands for a free height or width: only edges differ in what a block costs. */
const ANY_SIZE = 64;

export function pathOf(graph: Graph, region: Spatial, source: BlockSource): Path {
  const macs = spatialMacs(graph, region, source);
  const denseAbove = Math.min(1, (BREAK_EVEN * macs.dense) / (macs.block * macs.blocks));
  const { keep } = region;
  if (keep.rule !== "top") return { kind: "either", denseAbove };
  const count = topCount(keep.share, macs.blocks);
  if (count === 0) return { kind: "none" };
  const kept = count / macs.blocks;
  return { kind: kept <= denseAbove ? "blocks" : "dense" };
}

/** Of one image; where its size is free, of one of some size. */
export function spatialMacs(graph: Graph, region: Spatial, source: BlockSource): RegionMacs {
  const free = [region.input, region.output].flatMap(
    (name) => source.types.get(name)?.shape?.slice(2).flatMap(symbolsOf) ?? [],
  );
  const bind = Object.fromEntries(free.map((symbol) => [symbol, ANY_SIZE]));
  return regionMacs(blockRegion(graph, region), source, bind);
}

/**
 * @param on fraction of an image's blocks that are active
 * @returns multiply-accumulates that the path spends on it
 */
export function macsOn(path: Path, macs: RegionMacs, on: number): number {
  const inBlocks = on * macs.blocks * macs.block;
  if (path.kind === "none") return 0;
  if (path.kind === "blocks") return inBlocks;
  if (path.kind === "dense") return macs.dense;
  return on > path.denseAbove ? macs.dense : inBlocks;
}
