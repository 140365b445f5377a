/** A convolution's geometry, read off its node and written back. */
import { attributeValue, int, ints, string } from "../../graph/attribute.ts";
import type { Attribute, Node, Tensor } from "../../graph/types.ts";
import { isOp, type Network } from "./network.ts";

export interface Convolution {
  readonly node: Node;
  /** [filters, channels / groups, …kernel], float32. */
  readonly weight: Tensor;
  readonly groups: number;
  /** Outermost first, as all lists here. */
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padBegin: readonly number[];
  readonly padEnd: readonly number[];
}

/**
 * Undefined where the node is no convolution whose weights are constant float32 and whose padding
 * is known.
 */
export function convolutionOf(network: Network, node: Node | undefined): Convolution | undefined {
  if (!isOp(node, "Conv")) return undefined;
  const weight = network.constants.of(node.inputs[1] ?? "");
  if (weight?.dtype !== "float32" || weight.dims.length < 3) return undefined;
  const kernel = weight.dims.slice(2);
  const one = kernel.map(() => 1);
  const strides = attributeValue(node, "strides", "ints") ?? one;
  const dilations = attributeValue(node, "dilations", "ints") ?? one;
  const pads = padding(network, node, kernel, strides, dilations);
  if (pads === undefined) return undefined;
  return {
    node,
    weight,
    groups: attributeValue(node, "group", "int") ?? 1,
    kernel,
    strides,
    dilations,
    padBegin: pads.slice(0, kernel.length),
    padEnd: pads.slice(kernel.length),
  };
}

function padding(
  network: Network,
  node: Node,
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): readonly number[] | undefined {
  const mode = attributeValue(node, "auto_pad", "string") ?? "NOTSET";
  const none = [...kernel, ...kernel].map(() => 0);
  if (mode === "VALID") return none;
  if (mode === "NOTSET") return attributeValue(node, "pads", "ints") ?? none;
  const spatial = network.types.get(node.inputs[0]!)?.shape?.slice(2);
  if (spatial?.length !== kernel.length) return undefined;
  const totals = kernel.map((k, i) => {
    const size = spatial[i]!;
    const reach = (k - 1) * dilations[i]! + 1;
    // At stride 1 the padding does not depend on the size.
    if (strides[i] === 1) return reach - 1;
    if (typeof size !== "number") return undefined;
    return Math.max(0, (Math.ceil(size / strides[i]!) - 1) * strides[i]! + reach - size);
  });
  if (totals.some((t) => t === undefined)) return undefined;
  const small = totals.map((t) => Math.floor(t! / 2));
  const large = totals.map((t) => Math.ceil(t! / 2));
  return mode === "SAME_LOWER" ? [...large, ...small] : [...small, ...large];
}

/** Attributes of a Conv with explicit padding; whatever else the node had stays. */
export function convAttributes(
  geometry: Omit<Convolution, "node" | "weight">,
  before: Readonly<Record<string, Attribute>> = {},
): Readonly<Record<string, Attribute>> {
  return {
    ...before,
    ...(before.auto_pad === undefined ? {} : { auto_pad: string("NOTSET") }),
    kernel_shape: ints(...geometry.kernel),
    strides: ints(...geometry.strides),
    dilations: ints(...geometry.dilations),
    pads: ints(...geometry.padBegin, ...geometry.padEnd),
    group: int(geometry.groups),
  };
}

/** A window of odd size that keeps the spatial sizes, at stride 1. */
export function sameWindow(
  kernel: number,
  rank: number,
  groups = 1,
): Omit<Convolution, "node" | "weight"> {
  const all = (x: number) => Array.from({ length: rank }, () => x);
  const pad = all((kernel - 1) / 2);
  return {
    groups,
    kernel: all(kernel),
    strides: all(1),
    dilations: all(1),
    padBegin: pad,
    padEnd: pad,
  };
}
