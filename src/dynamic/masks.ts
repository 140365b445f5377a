/** What is on and off, by a region's score: float32 masks of 0 and 1. */
import { int, tensorAttribute } from "../graph/attribute.ts";
import { float32s } from "../graph/tensor.ts";
import type { Shape } from "../graph/types.ts";
import type { Formula } from "../runtime/training/formula.ts";
import type { Channels, DynamicPlan, RegionOf, Spatial } from "./plan.ts";
import { layerOver } from "./plan.ts";

/** ONNX's number of the type. */
export const FLOAT = 1;

/** Rounding of share times count, e.g. of 0.55 * 20. */
const ROUNDING = 1e-6;

/** How many of `count` are kept by a share of them. */
export function topCount(share: number, count: number): number {
  return Math.min(count, Math.ceil(share * count - ROUNDING));
}

/** 1 where the gate is open, [batch, 1]. */
export function layerMask(v: Formula, region: RegionOf<"layer">): string {
  return atLeast(v, region.score, region.threshold);
}

/**
 * @param shape of the score, as far as it is known
 * @returns the mask of the blocks, [batch, 1, Hb, Wb]
 */
export function blockMask(v: Formula, region: Spatial, shape: Shape | undefined): string {
  const { score, keep } = region;
  if (keep.rule === "score") return atLeast(v, score, keep.value);
  if (keep.rule === "threshold") {
    const mean = v.apply("GlobalAveragePool", [score]);
    return atLeast(v, score, v.mul(mean, keep.value));
  }
  const flat = v.apply("Flatten", [score], { axis: int(1) });
  const [, , rows, columns] = shape ?? [];
  const count =
    typeof rows === "number" && typeof columns === "number" ? rows * columns : undefined;
  const mask = topMask(v, flat, keep.share, count);
  return v.apply("Reshape", [mask, v.apply("Shape", [score])]);
}

/** The mask of the blocks with that of the layer on the same branch, as it is executed. */
export function spatialMask(
  v: Formula,
  plan: DynamicPlan,
  region: Spatial,
  shape: Shape | undefined,
): string {
  const blocks = blockMask(v, region, shape);
  const layer = layerOver(plan, region);
  return layer === undefined
    ? blocks
    : v.mul(blocks, v.reshape(layerMask(v, layer), [-1, 1, 1, 1]));
}

/** The mask of the channels, [batch, C]. */
export function channelMask(v: Formula, { score, keep }: Channels, channels: number): string {
  return topMask(v, score, keep.share, channels);
}

/**
 * 1 at the largest of each row, by number: among equals the first are taken, so that it is exact.
 *
 * @param rows float32 [n, count]
 * @param count undefined: the graph computes it
 */
function topMask(v: Formula, rows: string, share: number, count: number | undefined): string {
  const kept = count === undefined ? undefined : topCount(share, count);
  if (kept === 0 || share === 0) return filled(v, rows, 0);
  if (kept === count && kept !== undefined) return filled(v, rows, 1);
  const k = kept === undefined ? countOf(v, rows, share) : v.integers(kept);
  // ONNX Runtime's TopK ends the process where there are no rows: there is always one more.
  const some = v.apply("Pad", [rows, v.integers(0, 0, 1, 0)]);
  const [, indices] = v.builder.addMany("TopK", [some, k], 2, { axis: int(1) });
  const on = filled(v, indices!, 1);
  const mask = v.apply("ScatterElements", [filled(v, some, 0), indices!, on], { axis: int(1) });
  return v.apply("Slice", [mask, v.integers(0), v.integers(-1), v.integers(0)]);
}

/** `topCount` of the graph's own count, int64 [1]. */
function countOf(v: Formula, rows: string, share: number): string {
  const count = v.cast(v.apply("Gather", [v.apply("Shape", [rows]), v.integers(1)]), "float64");
  const wanted = v.apply("Mul", [count, v.number(share, "float64")]);
  const rounded = v.apply("Sub", [wanted, v.number(ROUNDING, "float64")]);
  return v.cast(v.apply("Ceil", [rounded]), "int64");
}

/** The same number in a value's shape. */
export function filled(v: Formula, like: string, value: number): string {
  const shape = v.apply("Shape", [like]);
  return v.apply("ConstantOfShape", [shape], { value: tensorAttribute(float32s([value])) });
}

function atLeast(v: Formula, score: string, bound: string | number): string {
  return v.apply("Cast", [v.apply("GreaterOrEqual", [score, bound])], { to: int(FLOAT) });
}
