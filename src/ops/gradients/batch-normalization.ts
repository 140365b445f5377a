/** Gradients of BatchNormalization, with the batch's own statistics and with given ones. */
import { float, int, tensorAttribute } from "../../graph/attribute.ts";
import { tensorOf } from "../../graph/tensor.ts";
import type { Attribute } from "../../graph/types.ts";
import { fail, floatAttr, intAttr } from "../context.ts";
import { Arithmetic } from "./arithmetic.ts";
import { channelSum } from "./conv.ts";
import { countOver, emit, range, scalar, slice, squeeze, unsqueeze } from "./emit.ts";
import type { Gradient, GradientContext } from "./types.ts";

const EPSILON = 1e-5;
const MOMENTUM = 0.9;

function isTraining(ctx: GradientContext): boolean {
  return intAttr(ctx, "training_mode", 0) === 1;
}

function attributes(ctx: GradientContext, momentum: number): Record<string, Attribute> {
  return {
    epsilon: float(floatAttr(ctx, "epsilon", EPSILON)),
    training_mode: int(1),
    momentum: float(momentum),
  };
}

/**
 * In training mode with momentum 0, so that the outputs of running statistics are the batch's; the
 * running ones are made from them, new = old momentum + batch (1 - momentum), as ONNX defines them.
 */
function forward(ctx: GradientContext): Record<string, string> | undefined {
  if (!isTraining(ctx)) return undefined;
  const { node, builder } = ctx;
  const [x, scale, bias, oldMean, oldVar] = node.inputs as [string, string, string, string, string];
  const [y, runningMean, runningVar] = node.outputs;
  const v = new Arithmetic(ctx);
  const scope = builder.scope;
  // Different sums, so that equal statistics do not become one value when common ones are merged.
  const inputs = [x, scale, bias, scratch(ctx, oldMean), v.add(scratch(ctx, oldVar), 1)];
  const [, mean, variance] = builder.addMany(node.op, inputs, 3, attributes(ctx, 0), {
    name: node.name,
    outputs: [y!, builder.fresh(`${scope}/mean`), builder.fresh(`${scope}/variance`)],
  });
  const momentum = floatAttr(ctx, "momentum", MOMENTUM);
  const running = (old: string, batch: string, output: string | undefined) => {
    // Nothing is kept then: 0 old would be merged with the scratch value, which is written over.
    if (momentum === 0) {
      if (output === undefined || output === "") return batch;
      return builder.add("Identity", [batch], {}, { outputs: [output] });
    }
    const kept = v.mul(old, momentum);
    const added = v.mul(batch, 1 - momentum);
    if (output === undefined || output === "") return v.add(kept, added);
    return builder.add("Add", [kept, added], {}, { outputs: [output] });
  };
  return {
    mean: mean!,
    variance: variance!,
    runningMean: running(oldMean, mean!, runningMean),
    runningVar: running(oldVar, variance!, runningVar),
  };
}

/**
 * Stands for the old statistics, which momentum 0 leaves out. ONNX Runtime writes the new ones over
 * the node's inputs, whoever else reads those: what it is given must be a value of its own, and none
 * that is folded into a constant.
 */
function scratch(ctx: GradientContext, old: string): string {
  const v = new Arithmetic(ctx);
  const i = ctx.node.inputs.indexOf(old);
  if (!ctx.fixed(i)) return v.mul(old, 0);
  const x = ctx.node.inputs[0]!;
  const others = [0, ...range(2, ctx.shape(x).length)];
  const first = others.map(() => 0);
  const one = slice(
    ctx,
    x,
    others,
    first,
    first.map(() => 1),
  );
  return v.mul(v.mul(squeeze(ctx, one, ...others), 0), old);
}

export const batchNormalization: Gradient = {
  forward,
  updates: (ctx) =>
    isTraining(ctx)
      ? {
          [ctx.node.inputs[3]!]: ctx.saved.runningMean!,
          [ctx.node.inputs[4]!]: ctx.saved.runningVar!,
        }
      : {},
  backward(ctx, [g, ...statistics]) {
    if (statistics.some((s) => s !== ""))
      throw fail(
        ctx,
        "the loss depends on its running statistics, which have no gradient",
        "use the node's first output only",
      );
    if (g === "") return [];
    return isTraining(ctx) ? byBatchStatistics(ctx, g!) : byGivenStatistics(ctx, g!);
  },
};

/** [C] against [N, C, ...]. */
function perChannel(ctx: GradientContext, x: string, rank: number): string {
  return unsqueeze(ctx, x, ...range(1, rank - 1));
}

/**
 * With x^ = (x - mean) / sqrt(variance + epsilon) and n elements a channel:
 * dx = scale / sqrt(variance + epsilon) (g - mean(g) - x^ mean(g x^)), dscale = sum(g x^),
 * dbias = sum(g).
 *
 * Factor and shift of a channel are one BatchNormalization with given statistics: one pass over
 * memory, where a product and a sum would be two. dx is the sum of two of them, one of g and one of x.
 */
function byBatchStatistics(ctx: GradientContext, g: string): (string | undefined)[] {
  const [x, scale] = ctx.node.inputs as [string, string];
  const { mean, variance } = ctx.saved as { mean: string; variance: string };
  const rank = ctx.shape(x).length;
  const v = new Arithmetic(ctx);
  const ones = filled(ctx, scale, 1);
  const zeros = filled(ctx, scale, 0);
  const normalize = (inputs: readonly string[], epsilon: number) =>
    emit(ctx, "BatchNormalization", inputs, { epsilon: float(epsilon) });
  const epsilon = floatAttr(ctx, "epsilon", EPSILON);
  const normal = normalize([x, ones, zeros, mean, variance], epsilon);
  const dBias = channelSum(ctx, g, rank);
  const dScale = channelSum(ctx, v.mul(g, normal), rank);
  const dx = () => {
    const n = countOver(ctx, x, [0, ...range(2, rank)]);
    const factor = v.mul(scale, inverseDeviation(ctx, variance));
    const less = v.apply("Neg", v.div(factor, n));
    const ofG = normalize([g, factor, zeros, zeros, ones], 0);
    const ofX = normalize([x, v.mul(less, dScale), v.mul(less, dBias), mean, variance], epsilon);
    return v.add(ofG, ofX);
  };
  return [
    ctx.wanted(0) ? dx() : undefined,
    ctx.wanted(1) ? dScale : undefined,
    ctx.wanted(2) ? dBias : undefined,
  ];
}

/** A vector of one value, as long as `like`. */
function filled(ctx: GradientContext, like: string, value: number): string {
  const { dtype, shape } = ctx.type(like);
  const size = shape?.[0];
  if (typeof size === "number")
    return ctx.builder.constant(
      tensorOf(
        dtype as "float32",
        [size],
        Array.from({ length: size }, () => value),
      ),
    );
  return ctx.builder.addShared("ConstantOfShape", [ctx.builder.addShared("Shape", [like])], {
    value: tensorAttribute(tensorOf(dtype as "float32", [1], [value])),
  });
}

/** The statistics are inputs as others are: y = (x - mean) scale / sqrt(variance + epsilon) + bias. */
function byGivenStatistics(ctx: GradientContext, g: string): (string | undefined)[] {
  const [x, scale, , mean, variance] = ctx.node.inputs as [string, string, string, string, string];
  const rank = ctx.shape(x).length;
  const v = new Arithmetic(ctx);
  const inverse = inverseDeviation(ctx, variance);
  const factor = v.mul(scale, inverse);
  const needs = ctx.wanted(1) || ctx.wanted(4);
  const sum = needs || ctx.wanted(2) || ctx.wanted(3) ? channelSum(ctx, g, rank) : "";
  /** sum(g x^) */
  const dScale = needs
    ? v.mul(channelSum(ctx, v.mul(g, v.sub(x, perChannel(ctx, mean, rank))), rank), inverse)
    : "";
  return [
    ctx.wanted(0) ? v.mul(g, perChannel(ctx, factor, rank)) : undefined,
    ctx.wanted(1) ? dScale : undefined,
    ctx.wanted(2) ? sum : undefined,
    ctx.wanted(3) ? v.apply("Neg", v.mul(sum, factor)) : undefined,
    ctx.wanted(4) ? v.mul(v.mul(dScale, v.mul(factor, inverse)), -0.5) : undefined,
  ];
}

function inverseDeviation(ctx: GradientContext, variance: string): string {
  const epsilon = scalar(ctx, floatAttr(ctx, "epsilon", EPSILON));
  return emit(ctx, "Reciprocal", [emit(ctx, "Sqrt", [emit(ctx, "Add", [variance, epsilon])])]);
}
