/** Work on each element alone, which is the same in any layout that all operands share. */
import { string } from "../../../graph/attribute.ts";
import { elementCount } from "../../../graph/tensor.ts";
import type { Node } from "../../../graph/types.ts";
import type { Rewriter } from "../rewriter.ts";
import { perChannel } from "./affine.ts";
import type { BlockedRule } from "./types.ts";

/** Operators whose float operands broadcast against each other. */
export const elementwise: BlockedRule = (node, w) => {
  const [y] = node.outputs as [string];
  const dims = w.dims(y);
  if (dims === undefined || !w.fits(y)) return false;
  const isWhole = (value: string) => w.dims(value)?.join() === dims.join();
  const whole = node.inputs.filter((value) => value !== "" && isWhole(value));
  const atHand = whole.length > 0 && whole.every((value) => w.hasBlocked(value));
  if (!atHand && !whole.some((value) => w.isBlocked(value))) return false;
  const isScalar = (value: string) => {
    const size = w.dims(value);
    return size !== undefined && elementCount(size) === 1 && size.length <= 4;
  };
  if (node.inputs.every((value) => value === "" || isWhole(value) || isScalar(value))) {
    const inputs = node.inputs.map((v) => (v !== "" && isWhole(v) ? w.blocked(v) : v));
    w.setBlocked(y, w.emit(node.op, inputs, node.attributes));
    return true;
  }
  return false;
};

export const add: BlockedRule = (node, w) => merged(node, w) || elementwise(node, w);

/** What a convolution before it can add to its own result. */
function merged(node: Node, w: Rewriter): boolean {
  const [a, b] = node.inputs as [string, string];
  const [y] = node.outputs as [string];
  if (!w.fits(y) || a === b) return false;
  for (const [own, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (!w.isBlocked(own) || w.dims(other)?.join() !== w.dims(y)?.join()) continue;
    const open = w.takeOpen(
      own,
      (found) =>
        found.op === "Conv" &&
        found.inputs.length <= 3 &&
        found.attributes.activation === undefined,
    );
    if (open === undefined) continue;
    const [x, weight, bias = ""] = open.inputs as [string, string, string?];
    w.emitOpen(y, { ...open, inputs: [x, weight, bias, w.blocked(other)] });
    return true;
  }
  return false;
}

/** The last step of a convolution. */
export const relu: BlockedRule = (node, w) => {
  const [x] = node.inputs as [string];
  const [y] = node.outputs as [string];
  if (!w.isBlocked(x)) return false;
  const open = w.takeOpen(
    x,
    (found) => found.op === "Conv" && found.attributes.activation === undefined,
  );
  if (open === undefined) return elementwise(node, w);
  w.emitOpen(y, { ...open, attributes: { ...open.attributes, activation: string("Relu") } });
  return true;
};

/** Mul also takes one factor a channel, [C, 1, 1] or [1, C, 1, 1]. */
export const mul: BlockedRule = (node, w) => {
  if (elementwise(node, w)) return true;
  const [y] = node.outputs as [string];
  const channels = w.dims(y)?.[1];
  for (const [x, factor] of [node.inputs, node.inputs.toReversed()] as [string, string][]) {
    const size = w.dims(factor);
    if (!w.isBlocked(x) || w.dims(x)?.join() !== w.dims(y)?.join() || size === undefined) continue;
    if (elementCount(size) !== channels || size.at(-3) !== channels) continue;
    // For a batch of one, a gate on the channels may be blocked itself.
    w.plain(factor);
    perChannel(w, x, factor, "", y);
    return true;
  }
  return false;
};
