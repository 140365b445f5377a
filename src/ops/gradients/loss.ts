/** Gradients of losses over classes: scores [N, C, d...] against labels [N, d...]. */
import { attributeValue, int } from "../../graph/attribute.ts";
import { tensorOf } from "../../graph/tensor.ts";
import { fail, stringAttr } from "../context.ts";
import { Arithmetic } from "./arithmetic.ts";
import {
  countOver,
  dtypeCode,
  dtypeOf,
  emit,
  range,
  reduceSum,
  scalar,
  unsqueeze,
} from "./emit.ts";
import { withOutputs } from "./outputs.ts";
import { logSoftmaxGradient } from "./softmax.ts";
import type { Gradient, GradientContext, GradientRule } from "./types.ts";

/** dx = weight (softmax - one-hot label), times what the reduction makes of the loss's gradient. */
export const softmaxCrossEntropyLoss: Gradient = {
  forward: (ctx) => ({ logProb: withOutputs(ctx, ["", "log_prob"])[1]! }),
  backward(ctx, [g, gLogProb]) {
    refuseWeights(ctx);
    const { logProb } = ctx.saved as { logProb: string };
    const v = new Arithmetic(ctx);
    const parts: string[] = [];
    if (g !== "") {
      const difference = v.sub(v.apply("Exp", logProb), oneHot(ctx));
      parts.push(v.mul(difference, labelFactor(ctx, g!)));
    }
    if (gLogProb !== undefined && gLogProb !== "")
      parts.push(logSoftmaxGradient(ctx, gLogProb, logProb, 1));
    return [parts.length === 1 ? parts[0]! : emit(ctx, "Add", parts)];
  },
};

/** The gradient by the label's own score alone. */
export const negativeLogLikelihoodLoss: GradientRule = (ctx, [g]) => {
  refuseWeights(ctx);
  const v = new Arithmetic(ctx);
  return [v.mul(oneHot(ctx), v.apply("Neg", labelFactor(ctx, g!)))];
};

function refuseWeights(ctx: GradientContext): void {
  if (ctx.wanted(2))
    throw fail(ctx, "the gradient by the class weights is not known", "take them as constants");
}

/** [N, C, d...] of the scores' type. Labels out of range have no class. */
function oneHot(ctx: GradientContext): string {
  const [x, labels] = ctx.node.inputs as [string, string];
  const shape = ctx.shape(x);
  const classes = shape[1]!;
  if (typeof classes !== "number")
    throw fail(ctx, `the number of classes is ${classes}`, "give it a number");
  const { dtype } = ctx.type(labels);
  const numbers = ctx.builder.constant(
    tensorOf(
      dtype as "int64",
      [1, classes, ...range(2, shape.length).map(() => 1)],
      range(0, classes),
    ),
  );
  const hit = emit(ctx, "Equal", [unsqueeze(ctx, labels, 1), numbers]);
  return emit(ctx, "Cast", [hit], { to: int(dtypeCode(ctx, dtypeOf(ctx))) });
}

/**
 * For each label weight * g, over the sum of weights where the loss is their mean; 0 for ignored
 * labels. Broadcasts to [N, C, d...].
 */
function labelFactor(ctx: GradientContext, g: string): string {
  const [, labels, weights] = ctx.node.inputs as [string, string, string | undefined];
  const reduction = stringAttr(ctx, "reduction", "mean");
  const ignored = attributeValue(ctx.node, "ignore_index", "int");
  const v = new Arithmetic(ctx);
  const { dtype } = ctx.type(labels);
  const rank = ctx.shape(labels).length;
  let weight: string | undefined;
  if ((weights !== undefined && weights !== "") || ignored !== undefined) {
    const skip =
      ignored === undefined ? undefined : emit(ctx, "Equal", [labels, scalar(ctx, ignored, dtype)]);
    const known = skip === undefined ? labels : v.where(skip, scalar(ctx, 0, dtype), labels);
    const each =
      weights !== undefined && weights !== ""
        ? emit(ctx, "Gather", [weights, known])
        : scalar(ctx, 1);
    weight = skip === undefined ? each : v.where(skip, 0, each);
  }
  if (reduction === "none") return unsqueeze(ctx, weight === undefined ? g : v.mul(g, weight), 1);
  if (reduction === "sum") return weight === undefined ? g : v.mul(unsqueeze(ctx, weight, 1), g);
  if (weight === undefined) return v.div(g, countOver(ctx, labels, range(0, rank)));
  const total = reduceSum(ctx, weight, range(0, rank), false);
  return v.mul(unsqueeze(ctx, weight, 1), v.div(g, total));
}
