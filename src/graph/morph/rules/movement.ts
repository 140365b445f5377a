/** Operators that move channels about: concatenation, reshaping, transposition, padding, resizing. */
import { attributeValue } from "../../attribute.ts";
import { integers, numbers } from "../../tensor.ts";
import type { Node } from "../../types.ts";
import type { Layout, Segment, TieContext, TieRule } from "../ties.ts";

const UNKNOWN = "joined with channels that do not change";

export const concat: TieRule = (context) => {
  const { node } = context;
  const laid = node.inputs.map((_, i) => context.layout(i));
  const first = laid.find((l) => l !== undefined);
  const rank = context.shape(node.outputs[0])?.length;
  if (first === undefined) return;
  if (rank === undefined || laid.some((l) => l !== undefined && l.axis !== first.axis)) {
    context.fix("its inputs' channels lie on different axes");
    return;
  }
  const axis = normalized(attributeValue(node, "axis", "int") ?? 1, rank);
  const inputSegments = (i: number): readonly Segment[] | undefined => {
    const known = laid[i]?.segments;
    if (known !== undefined) return known;
    const size = context.shape(node.inputs[i])?.[first.axis];
    return typeof size === "number" ? [context.fixedPlaces(size, UNKNOWN)] : undefined;
  };
  const all = node.inputs.map((_, i) => inputSegments(i));
  if (all.some((s) => s === undefined)) {
    context.fix("the number of channels of an input is not known");
    return;
  }
  if (axis === first.axis) {
    context.output({ axis, segments: all.flatMap((s) => s ?? []) });
    return;
  }
  for (const segments of all) if (segments) context.join(first.segments, segments);
  context.output(first);
};

/** [n, c, h, w] to [n, c h w]. */
export const flatten: TieRule = (context) => {
  const x = context.layout(0);
  const shape = context.shape(context.node.inputs[0]);
  if (x === undefined) return;
  const axis = normalized(attributeValue(context.node, "axis", "int") ?? 1, shape?.length ?? 0);
  const inner = shape === undefined ? undefined : sizeOf(shape.slice(x.axis + 1));
  if (x.axis !== 1 || axis !== 1 || inner === undefined)
    context.fix("it joins channels with other axes than those behind them", [0]);
  else context.output(repeated(x, inner));
};

/** Where the axes up to the channels stay and those behind are joined to them, or stay apart. */
export const reshape: TieRule = (context) => {
  const { node } = context;
  const x = context.layout(0);
  const from = context.shape(node.inputs[0]);
  const to = context.shape(node.outputs[0]);
  if (x === undefined) return;
  const layout = from && to && reshaped(x, from, to);
  if (layout === undefined) {
    context.fix("it splits channels, or joins them with axes before them", [0]);
    return;
  }
  const index = layout.axis;
  const stated = statedSize(context, node.inputs[1] ?? "", index);
  if (stated === undefined) {
    context.fix("the shape that it makes is computed", [0]);
    return;
  }
  // -1: what is left; 0: as the input has it.
  if (stated > 0) {
    if (context.constant(1) === undefined) {
      context.fix("the shape that it makes is computed", [0]);
      return;
    }
    context.slot({ kind: "size", node: node.name, input: 1, index, segments: layout.segments });
  }
  context.output(layout);
};

function reshaped(
  x: Layout,
  from: readonly (number | string)[],
  to: readonly (number | string)[],
): Layout | undefined {
  for (let i = 0; i < x.axis; i++) if (from[i] !== to[i]) return undefined;
  if (to.length <= x.axis) return undefined;
  if (from[x.axis] === to[x.axis]) return x;
  const inner = sizeOf(from.slice(x.axis + 1));
  if (inner === undefined || to.length !== x.axis + 1) return undefined;
  return repeated(x, inner);
}

/** What the constant behind a Reshape says at one place; a list that a Concat makes is looked into. */
function statedSize(context: TieContext, name: string, index: number): number | undefined {
  const tensor = context.constantOf(name);
  if (tensor !== undefined) return integers(tensor)[index];
  const maker = context.producer(name);
  if (maker?.op !== "Concat") return undefined;
  let at = 0;
  for (const part of maker.inputs) {
    const length = context.shape(part)?.[0];
    const constant = context.constantOf(part);
    if (typeof length !== "number") return undefined;
    if (index < at + length)
      return constant === undefined ? undefined : integers(constant)[index - at];
    at += length;
  }
  return undefined;
}

export const transpose: TieRule = (context) => {
  const x = context.layout(0);
  if (x === undefined) return;
  const rank = context.shape(context.node.inputs[0])?.length ?? 0;
  const perm =
    attributeValue(context.node, "perm", "ints") ??
    Array.from({ length: rank }, (_, i) => rank - 1 - i);
  context.output({ axis: perm.indexOf(x.axis), segments: x.segments });
};

/** Removes or adds axes of size 1 before or behind the channels. */
export const squeeze: TieRule = (context) => shifted(context, false);
export const unsqueeze: TieRule = (context) => shifted(context, true);

function shifted(context: TieContext, adds: boolean): void {
  const { node } = context;
  const x = context.layout(0);
  const rank = context.shape(node.inputs[0])?.length;
  const result = context.shape(node.outputs[0])?.length;
  if (x === undefined) return;
  const constant = context.constant(1);
  const listed =
    attributeValue(node, "axes", "ints") ?? (constant && integers(constant)) ?? undefined;
  if (listed === undefined || rank === undefined || result === undefined) {
    context.fix("its axes are not known", [0]);
    return;
  }
  const axes = listed.map((a) => normalized(a, adds ? result : rank)).sort((a, b) => a - b);
  let { axis } = x;
  if (!adds) {
    if (axes.includes(axis)) {
      context.hold("one channel, squeezed", [0]);
      return;
    }
    axis -= axes.filter((a) => a < axis).length;
  } else for (const a of axes) if (a <= axis) axis++;
  context.output({ axis, segments: x.segments });
}

/** A mean or maximum over other axes than the channels'. */
export const reduce: TieRule = (context) => {
  const { node } = context;
  const x = context.layout(0);
  const rank = context.shape(node.inputs[0])?.length;
  if (x === undefined) return;
  const constant = context.constant(1);
  const listed = attributeValue(node, "axes", "ints") ?? (constant && integers(constant));
  if (listed === undefined || rank === undefined) {
    context.fix("it reduces over all axes, or over ones that are not known", [0]);
    return;
  }
  const axes = listed.map((a) => normalized(a, rank));
  if (axes.includes(x.axis)) {
    context.fix("it reduces over the channels", [0]);
    return;
  }
  const keeps = (attributeValue(node, "keepdims", "int") ?? 1) !== 0;
  const before = keeps ? 0 : axes.filter((a) => a < x.axis).length;
  context.output({ axis: x.axis - before, segments: x.segments });
};

/** No padding of the channels. */
export const pad: TieRule = (context) => {
  const x = context.layout(0);
  const rank = context.shape(context.node.inputs[0])?.length;
  if (x === undefined) return;
  const constant = context.constant(1);
  const pads = attributeValue(context.node, "pads", "ints") ?? (constant && integers(constant));
  const axes = context.constant(3);
  if (pads === undefined || rank === undefined) {
    context.fix("its padding is computed", [0]);
    return;
  }
  const padded = axes ? integers(axes).map((a) => normalized(a, rank)) : undefined;
  const at = padded ? padded.indexOf(x.axis) : x.axis;
  const half = pads.length / 2;
  if (at >= 0 && (pads[at] !== 0 || pads[at + half] !== 0))
    context.fix("it pads the channels", [0]);
  else context.output(x);
};

/** By scales that leave the channels as they are. */
export const resize: TieRule = (context) => {
  const x = context.layout(0);
  if (x === undefined) return;
  const scales = context.constant(context.node.op === "Upsample" ? 1 : 2);
  const factors = scales && numbers(scales);
  if (factors !== undefined && factors.length > x.axis && factors[x.axis] === 1) context.output(x);
  else context.fix("its sizes name the number of channels", [0]);
};

/** Reading a size is harmless where only axes other than the channels' are picked from it. */
export const shape: TieRule = (context) => {
  const x = context.layout(0);
  if (x === undefined) return;
  const others = (reader: Node): boolean => {
    const picked = reader.op === "Gather" ? context.constantOf(reader.inputs[1] ?? "") : undefined;
    const rank = context.shape(context.node.inputs[0])?.length;
    if (picked === undefined || rank === undefined) return false;
    return integers(picked).every((i) => normalized(i, rank) !== x.axis);
  };
  if (!context.readers(context.node.outputs[0] ?? "").every(others))
    context.fix("the number of channels is read at run time", [0]);
};

function repeated(x: Layout, inner: number): Layout {
  return {
    axis: x.axis,
    segments: x.segments.map(({ dim, repeat }) => ({ dim, repeat: repeat * inner })),
  };
}

function sizeOf(dims: readonly (number | string)[]): number | undefined {
  let n = 1;
  for (const d of dims) {
    if (typeof d !== "number") return undefined;
    n *= d;
  }
  return n;
}

function normalized(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
