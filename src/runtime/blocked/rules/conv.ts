/** Conv in the blocked layout, its weights reordered in the graph. */
import { ints } from "../../../graph/attribute.ts";
import type { Node } from "../../../graph/types.ts";
import type { Rewriter } from "../rewriter.ts";
import type { BlockedRule } from "./types.ts";
import { convWeightGradient } from "./weight-gradient.ts";

/** Each output that meets the padding at the side is computed by itself, much slower. */
const WIDEST_PAD = 4;

export const conv: BlockedRule = (node, w) => {
  if (convWeightGradient(node, w)) return true;
  const [x, weight, bias = ""] = node.inputs as [string, string, string?];
  const [y] = node.outputs as [string];
  const [from, kernel] = [w.dims(x), w.dims(weight)];
  const { group, pads, auto } = settings(node);
  if (from?.length !== 4 || kernel === undefined || !w.fits(y) || auto || pads > WIDEST_PAD)
    return false;
  // Constant weights are reordered once, by ONNX Runtime itself.
  if (w.isFixed(weight) && !w.isBlocked(x)) return false;
  const channels = from[1]!;
  const few = group === 1 && channels < w.block;
  if (!few && !w.fits(x)) return false;
  w.plain(weight);
  const ordered = reordered(w, weight, kernel, group, few);
  if (ordered === undefined) return false;
  if (few) w.plain(x);
  w.emitOpen(y, {
    op: "Conv",
    inputs: [few ? x : w.blocked(x), ordered, ...(bias === "" ? [] : [bias])],
    attributes: { ...node.attributes, kernel_shape: ints(...kernel.slice(2)) },
  });
  return true;
};

function settings({ attributes: { group, pads, auto_pad: auto } }: Node) {
  return {
    group: group?.kind === "int" ? group.value : 1,
    pads: pads?.kind === "ints" ? Math.max(...pads.value) : 0,
    auto: auto?.kind === "string" && auto.value !== "NOTSET",
  };
}

/**
 * [K, C/group, height, width] as the kernels read it: [K/b, C/b, height, width, b of C, b of K], and
 * without the blocks of C for a plain input of few channels or one channel a group.
 */
function reordered(
  w: Rewriter,
  weight: string,
  [filters, channels, height, width]: readonly number[],
  group: number,
  few: boolean,
): string | undefined {
  const b = w.block;
  const [k, c, h, v] = [filters!, channels!, height!, width!];
  const depthwise = group > 1 && c === 1 && k === group;
  if (group > 1 && !depthwise && (c % b !== 0 || (k / group) % b !== 0)) return undefined;
  if (few || depthwise) {
    if (h * v * c === 1) return weight;
    const split = w.reshape(weight, k / b, b, c * h * v);
    const turned = w.emit("Transpose", [split], { perm: ints(0, 2, 1) });
    return w.reshape(turned, k, c, h, v);
  }
  const split = w.reshape(weight, k / b, b, c / b, b, h * v);
  const turned = w.emit("Transpose", [split], { perm: ints(0, 2, 4, 3, 1) });
  return w.reshape(turned, k, c, h, v);
}
