/** Slice, Split and Pad: parts of a tensor, or more around it. */
import { addDims, ceilDiv, dimBounds, maxDims, minDims, mulDims, subDims } from "../graph/dim.ts";
import type { Dim, Shape } from "../graph/types.ts";
import {
  axesIn,
  axisIn,
  fail,
  input,
  intAttr,
  intsAttr,
  knownNumbers,
  shapeText,
  typed,
} from "./context.ts";
import { numberShape, rowMajor, strided } from "./elements.ts";
import { copyWork, partialBytes } from "./movement.ts";
import type { OpContext, Operator } from "./types.ts";

interface Cut {
  readonly start: Dim;
  readonly length: Dim;
  readonly step: number;
}

/** Bounds as they are given: attributes before opset 10, inputs since. */
function given(ctx: OpContext) {
  if (ctx.opset < 10)
    return {
      starts: intsAttr(ctx, "starts"),
      ends: intsAttr(ctx, "ends"),
      axes: intsAttr(ctx, "axes"),
      steps: undefined,
    };
  return {
    starts: ctx.elements(1)?.elements,
    ends: ctx.elements(2)?.elements,
    axes: ctx.inputs[3] ? knownNumbers(ctx, 3) : undefined,
    steps: ctx.inputs[4] ? knownNumbers(ctx, 4) : undefined,
  };
}

/** One cut for each axis; undefined elements: not known. Undefined: not even which axes. */
function cuts(ctx: OpContext): readonly (Cut | undefined)[] | undefined {
  const { shape } = input(ctx, 0);
  const { starts, ends, axes, steps } = given(ctx);
  if (ctx.opset >= 10 && ctx.inputs[3] && axes === undefined) return undefined;
  const count = starts?.length ?? ends?.length ?? axes?.length;
  if (count === undefined) return undefined;
  const which = axesIn(ctx, axes ?? Array.from({ length: count }, (_, i) => i), shape.length);
  if (which.length !== count || (ends && ends.length !== count))
    throw fail(ctx, `${count} starts, ${ends?.length} ends and ${which.length} axes`);
  const out: (Cut | undefined)[] = shape.map((d) => ({ start: 0, length: d, step: 1 }));
  const stepsUnknown = ctx.opset >= 10 && ctx.inputs[4] !== undefined && steps === undefined;
  which.forEach((axis, i) => {
    const step = steps?.[i] ?? 1;
    if (step === 0) throw fail(ctx, `step 0 in axis ${axis}`);
    const known = starts && ends && !stepsUnknown;
    out[axis] = known ? cut(shape[axis]!, starts[i]!, ends[i]!, step) : undefined;
  });
  return out;
}

/** NumPy's rules: negative bounds count from the end, and all are clamped to the axis. */
function cut(size: Dim, start: Dim, end: Dim, step: number): Cut {
  const last = step > 0 ? size : subDims(size, 1);
  const from = clamp(bound(size, start), 0, last);
  const to = isFar(end) ? (step > 0 ? size : -1) : clamp(bound(size, end), step > 0 ? 0 : -1, last);
  const span = step > 0 ? subDims(to, from) : subDims(from, to);
  return { start: from, length: maxDims(0, ceilDiv(span, Math.abs(step))), step };
}

/** The largest integers say "all of it", whichever way the step goes, as ONNX Runtime reads them. */
function isFar(end: Dim): boolean {
  return end === 2 ** 31 - 1 || (typeof end === "number" && end >= 2 ** 62);
}

/** An expression that may be negative (`height - 2`) counts from the front in any real network. */
function bound(size: Dim, at: Dim): Dim {
  return dimBounds(at)[1] < 0 ? addDims(at, size) : at;
}

function clamp(at: Dim, low: Dim, high: Dim): Dim {
  if (typeof at === "number" && at >= 2 ** 31 - 1) return high;
  return maxDims(low, minDims(at, high));
}

export const Slice: Operator = {
  name: "Slice",
  settings: [1, 2, 3, 4],
  infer(ctx) {
    const x = input(ctx, 0);
    const parts = cuts(ctx);
    const shape = x.shape.map((_, i) =>
      parts === undefined || parts[i] === undefined ? ctx.fresh(`axis_${i}`) : parts[i].length,
    );
    return [typed(x.dtype, shape)];
  },
  work: (ctx) => copyWork(ctx),
  bytes: (ctx) => partialBytes(ctx),
  fold(ctx) {
    const x = ctx.elements(0);
    const parts = x && cuts(ctx);
    if (!parts) return undefined;
    const dims = numberShape(parts.map((p) => p?.length ?? "?"));
    const starts = numberShape(parts.map((p) => p?.start ?? "?"));
    if (!dims || !starts) return undefined;
    const steps = rowMajor(x.dims);
    const offset = starts.reduce((sum, s, i) => sum + s * steps[i]!, 0);
    const out = strided(
      x,
      dims,
      steps.map((s, i) => s * parts[i]!.step),
      offset,
    );
    return out && [out];
  },
};

/** Sizes of the parts: given, or equal with a smaller last one (opset 18), or equal. */
function splitSizes(ctx: OpContext, size: Dim, axis: number): readonly Dim[] {
  const count = ctx.node.outputs.length;
  const sizes = ctx.inputs[1] ? ctx.elements(1)?.elements : intsAttr(ctx, "split");
  if (ctx.inputs[1] && !sizes)
    return Array.from({ length: count }, (_, i) => ctx.fresh(`part_${i}`));
  if (sizes) {
    const sum = sizes.reduce(addDims, 0);
    if (
      sizes.length !== count ||
      (typeof sum === "number" && typeof size === "number" && sum !== size)
    )
      throw fail(
        ctx,
        `split=[${sizes.join(",")}] for ${count} outputs of axis ${axis}, which is ${size}`,
      );
    return sizes;
  }
  const parts = intAttr(ctx, "num_outputs", count);
  if (parts !== count)
    throw fail(ctx, `num_outputs is ${parts}, but the node has ${count} outputs`);
  const each = ceilDiv(size, count);
  if (ctx.opset < 18 && typeof size === "number" && size % count !== 0)
    throw fail(ctx, `axis ${axis} of ${size} does not split into ${count} equal parts`);
  return Array.from({ length: count }, (_, i) =>
    i < count - 1 ? each : subDims(size, mulDims(each, count - 1)),
  );
}

export const Split: Operator = {
  name: "Split",
  settings: [1],
  infer(ctx) {
    const x = input(ctx, 0);
    const axis = axisIn(ctx, intAttr(ctx, "axis", 0), x.shape.length);
    return splitSizes(ctx, x.shape[axis]!, axis).map((d) => typed(x.dtype, x.shape.with(axis, d)));
  },
  work: (ctx) => copyWork(ctx),
  bytes: (ctx) => partialBytes(ctx),
  fold(ctx) {
    const x = ctx.elements(0);
    if (!x) return undefined;
    const axis = axisIn(ctx, intAttr(ctx, "axis", 0), x.dims.length);
    const sizes = numberShape(splitSizes(ctx, x.dims[axis]!, axis));
    if (!sizes) return undefined;
    const steps = rowMajor(x.dims);
    let at = 0;
    return sizes.map((n) => {
      const part = strided(x, x.dims.with(axis, n), steps, at * steps[axis]!)!;
      at += n;
      return part;
    });
  },
};

/** Amounts before and after each axis; undefined: not known. */
function padding(ctx: OpContext, shape: Shape): readonly (readonly [Dim, Dim])[] | undefined {
  const byInput = ctx.opset >= 11;
  const pads = byInput
    ? ctx.elements(1)?.elements
    : (intsAttr(ctx, "pads") ?? intsAttr(ctx, "paddings"));
  const axes = ctx.inputs[3] ? knownNumbers(ctx, 3) : shape.map((_, i) => i);
  if (!pads || !axes) return undefined;
  const which = axesIn(ctx, axes, shape.length);
  if (pads.length !== 2 * which.length)
    throw fail(
      ctx,
      `pads=[${pads.join(",")}] has ${pads.length} values, expected ${2 * which.length} for ${shapeText(shape)}`,
    );
  return shape.map((_, axis) => {
    const i = which.indexOf(axis);
    return i < 0 ? [0, 0] : [pads[i]!, pads[i + which.length]!];
  });
}

export const Pad: Operator = {
  name: "Pad",
  settings: [1, 2, 3],
  infer(ctx) {
    const x = input(ctx, 0);
    const amounts = padding(ctx, x.shape);
    const shape = x.shape.map((d, i) => {
      if (!amounts) return ctx.fresh(`axis_${i}`);
      const [before, after] = amounts[i]!;
      const out = addDims(d, addDims(before, after));
      if (dimBounds(out)[1] < 0)
        throw fail(ctx, `axis ${i} of ${d} padded by ${before} and ${after} gives ${out}`);
      return out;
    });
    return [typed(x.dtype, shape)];
  },
  work: (ctx) => copyWork(ctx),
};
