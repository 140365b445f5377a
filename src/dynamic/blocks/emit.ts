/** Adds the nodes of a region to a scope: as they are, or on a stack of blocks. */
import { int } from "../../graph/attribute.ts";
import { float32s } from "../../graph/tensor.ts";
import type { Attribute, Node } from "../../graph/types.ts";
import type { Chain, Link } from "./chain.ts";
import type { Scope } from "./scope.ts";
import type { WindowStep } from "./steps.ts";
import type { BlockSource } from "./types.ts";

/** Stands for minus infinity, and can be multiplied by weights and still be a number. */
const FAR = 1e30;
/** What has no bound outside the image, where blocks compute on zeros and padding. */
const UNBOUNDED = new Set(["Div", "Exp", "Pow", "Sqrt"]);

/** The node on `value`, with its constants. */
export function emitNode(
  scope: Scope,
  node: Node,
  value: string,
  source: BlockSource,
  attributes: Readonly<Record<string, Attribute>> = node.attributes,
): string {
  const inputs = node.inputs.map((name) => {
    if (name === "") return "";
    const constant = source.constants.get(name);
    return constant === undefined ? value : scope.constant(name, constant);
  });
  return scope.add(node.op, inputs, attributes);
}

/**
 * F on the whole feature map.
 *
 * @param attributes of node `i`. Default: as they are
 */
export function emitDense(
  scope: Scope,
  chain: Chain,
  value: string,
  source: BlockSource,
  attributes: (i: number) => Node["attributes"] = (i) => chain.links[i]!.step.node.attributes,
): string {
  return chain.links.reduce(
    (x, { step }, i) => emitNode(scope, step.node, x, source, attributes(i)),
    value,
  );
}

/**
 * F on a stack of blocks with their halo [n, C, h, w], whose pixels outside the image are zero.
 * Between nodes those pixels must be what padding would be there.
 *
 * @param outside for the feature map that node `i` reads: 1 where a pixel lies outside the image, else 0
 */
export function emitBlocks(
  scope: Scope,
  chain: Chain,
  stack: string,
  source: BlockSource,
  outside: (i: number) => string,
): string {
  let value = stack;
  let zero = true;
  let bounded = true;
  chain.links.forEach(({ step, before }, i) => {
    if (step.kind === "window") {
      const need = surroundOf(step);
      if (need === "lowest" || (need === "zero" && !zero)) {
        value = filled(scope, value, outside(i), need === "zero" ? 0 : -FAR);
        bounded = need === "zero";
      }
      const mean = emitNode(scope, step.node, value, source, unpadded(step.node));
      value = step.countsInside ? countedInside(scope, mean, step, outside(i)) : mean;
      zero = false;
      return;
    }
    if (step.zeroBelow && bounded && !zero && zeroWanted(chain.links, i)) {
      // Fused by ONNX Runtime with the convolution before and the ReLU after: it costs nothing.
      value = scope.add("Add", [value, farOutside(scope, outside(i), before[1] as number)]);
      zero = true;
    } else zero &&= step.keepsZero;
    bounded &&= !UNBOUNDED.has(step.node.op);
    value = emitNode(scope, step.node, value, source);
  });
  return value;
}

function surroundOf({ padBegin, padEnd, ceil, surround }: WindowStep) {
  const padded = [...padBegin, ...padEnd].some((pad) => pad > 0);
  return padded || ceil ? surround : undefined;
}

/** Whether the next window after node `i` reads zeros around the image, and they stay zeros until then. */
function zeroWanted(links: readonly Link[], i: number): boolean {
  for (const { step } of links.slice(i + 1)) {
    if (step.kind === "window") return surroundOf(step) === "zero";
    if (!step.keepsZero) return false;
  }
  return false;
}

function filled(scope: Scope, value: string, outside: string, fill: number): string {
  const constant = scope.constant(`blocks/fill/${fill}`, float32s([fill], []));
  return scope.add("Where", [scope.add("Cast", [outside], { to: int(9) }), constant, value]);
}

/**
 * 0 in the image and far below zero outside, for each channel; by a convolution, to stay in the layout
 * of convolutions. Exactly 0 before any sum: ONNX Runtime may add up in any order.
 */
function farOutside(scope: Scope, outside: string, channels: number): string {
  const weights = Array.from({ length: channels }, () => -FAR);
  const name = `blocks/far/${channels}`;
  return scope.add("Conv", [outside, scope.constant(name, float32s(weights, [channels, 1, 1, 1]))]);
}

/** A mean over whole windows made one over the pixels that lie in the image. */
function countedInside(scope: Scope, mean: string, step: WindowStep, outside: string): string {
  const beyond = scope.add("AveragePool", [outside], unpadded(step.node));
  const one = scope.constant("blocks/fill/1", float32s([1], []));
  const least = 0.5 / (step.kernel[0] * step.kernel[1]);
  const floor = scope.constant(`blocks/fill/${least}`, float32s([least], []));
  const share = scope.add("Max", [scope.add("Sub", [one, beyond]), floor]);
  return scope.add("Div", [mean, share]);
}

function unpadded(node: Node): Readonly<Record<string, Attribute>> {
  const { pads: _, auto_pad: _auto, ceil_mode: _ceil, ...rest } = node.attributes;
  return rest;
}
