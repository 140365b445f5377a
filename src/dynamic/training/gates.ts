/** Masks while a network is trained: gates with noise, attention that drops more and more. */
import { int } from "../../graph/attribute.ts";
import { int64s } from "../../graph/tensor.ts";
import type { Formula } from "../../runtime/training/formula.ts";
import { FLOAT, filled, topCount } from "../masks.ts";
import type { Channels, Spatial } from "../plan.ts";

export interface TrainedMask {
  /** 0 and 1 forwards, in the score's shape. */
  readonly mask: string;
  /** The value that must pass no gradient. */
  readonly stopped: string;
}

/**
 * Straight through (Bengio et al. 2013): forwards the gate is 0 or 1, backwards it is the sigmoid of its
 * logit and logistic noise (Maddison et al. 2017), whose difference of two Gumbel variables it is.
 *
 * @param noise uniform in (0, 1), in the score's shape
 */
export function softGate(v: Formula, score: string, threshold: number, noise: string): TrainedMask {
  const logistic = v.sub(v.apply("Log", [noise]), v.apply("Log", [v.sub(1, noise)]));
  const soft = v.apply("Sigmoid", [v.add(v.sub(score, threshold), logistic)]);
  const hard = v.apply("Cast", [v.apply("GreaterOrEqual", [soft, 0.5])], { to: int(FLOAT) });
  const stopped = v.sub(hard, soft);
  return { mask: v.add(soft, stopped), stopped };
}

/**
 * Targeted dropout with ratio ascend (AntiDote): the least attended are dropped, at first none, then
 * more and more until the region's rule is reached at `ascent` of the training.
 *
 * @param progress share of the training that is done, float32 []
 * @param count of blocks or channels
 */
export function ascendingMask(
  v: Formula,
  { score, keep, ascent }: Spatial | Channels,
  count: number,
  progress: string,
): TrainedMask {
  const done = ascent === 0 ? 1 : v.min(v.div(progress, ascent), 1);
  if (keep.rule !== "top") {
    const mean = v.apply("GlobalAveragePool", [score]);
    const bound = v.mul(mean, v.mul(done, keep.value));
    const mask = v.apply("Cast", [v.apply("GreaterOrEqual", [score, bound])], { to: int(FLOAT) });
    return { mask, stopped: mask };
  }
  const flat = v.apply("Flatten", [score], { axis: int(1) });
  const dropped = count - topCount(keep.share, count);
  // At the end exactly that many; the rounding of progress only shifts a step's beginning.
  const now = v.apply("Floor", [v.add(v.mul(done, dropped), ROUNDING)]);
  const rank = ranks(v, flat, count);
  const kept = v.apply("Less", [v.cast(rank, "float32"), v.sub(count, now)]);
  const mask = v.apply("Reshape", [
    v.apply("Cast", [kept], { to: int(FLOAT) }),
    v.apply("Shape", [score]),
  ]);
  return { mask, stopped: mask };
}

const ROUNDING = 1e-4;

/** 0 for the largest of each row, then 1, …; among equals in order. int64 [n, count] */
function ranks(v: Formula, rows: string, count: number): string {
  const k = v.integers(count);
  const [, order] = v.builder.addMany("TopK", [rows, k], 2, { axis: int(1) });
  const numbers = v.constant(
    int64s(
      Array.from({ length: count }, (_, i) => i),
      [1, count],
    ),
  );
  const places = v.apply("Expand", [numbers, v.apply("Shape", [order!])]);
  const start = v.cast(filled(v, order!, 0), "int64");
  return v.apply("ScatterElements", [start, order!, places], { axis: int(1) });
}
