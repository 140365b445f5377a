/** BatchNormalization, by the batch's statistics or by given ones. */
import { int, ints } from "../../../graph/attribute.ts";
import { int64s, tensorOf } from "../../../graph/tensor.ts";
import type { Node } from "../../../graph/types.ts";
import { NCHWC, type Rewriter } from "../rewriter.ts";
import { affine, perChannel } from "./affine.ts";
import type { BlockedRule } from "./types.ts";

const EPSILON = 1e-5;
const MOMENTUM = 0.9;
/** ReduceMean takes its axes as an input since then. */
const AXES_INPUT = 18;

export const batchNormalization: BlockedRule = (node, w) => {
  const [x] = node.inputs as [string];
  if (!w.isBlocked(x)) return false;
  if (node.inputs.slice(1).some((value) => w.dims(value)?.length !== 1)) return false;
  const mode = node.attributes.training_mode;
  if (mode?.kind === "int" && mode.value === 1) byBatch(node, w);
  else byGiven(node, w);
  return true;
};

/**
 * The variance is the mean square of the centred value: that of x less the squared mean would lose
 * digits where the mean is large. The centred value is kept for the gradient, which needs it too.
 */
function byBatch(node: Node, w: Rewriter): void {
  const [x, scale, bias, oldMean, oldVariance] = node.inputs as [
    string,
    string,
    string,
    string,
    string,
  ];
  const [y, nextMean = "", nextVariance = ""] = node.outputs as [string, string?, string?];
  w.scope = node.name;
  const channels = w.dims(x)![1]!;
  const mean = w.emit("Squeeze", [channelMean(w, w.blocked(x)), ...axes(w, [0, 2, 3])]);
  const negated = w.emit("Neg", [mean]);
  const ones = w.initializer(
    tensorOf(
      "float32",
      [channels],
      Array.from({ length: channels }, () => 1),
    ),
  );
  const first = affine(w, w.blocked(x), channels, ones, negated);
  const centred = w.emit(first.op, first.inputs, first.attributes, { domain: NCHWC });
  const square = w.emit("Mul", [centred, centred]);
  const variance = w.emit("Squeeze", [channelMean(w, square), ...axes(w, [0, 2, 3])]);
  const factor = w.emit("Mul", [scale, inverseDeviation(node, w, variance)]);
  w.emitOpen(y, affine(w, centred, channels, factor, bias));
  const momentum = number(node, "momentum", MOMENTUM);
  running(w, oldMean, mean, momentum, nextMean);
  running(w, oldVariance, variance, momentum, nextVariance);
  // With momentum 0 the running mean is the batch's: what is normalised by it is centred already.
  if (momentum === 0 && nextMean !== "") w.setCentred(x, nextMean, centred);
}

function byGiven(node: Node, w: Rewriter): void {
  const [x, scale, bias, mean, variance] = node.inputs as [string, string, string, string, string];
  const [y] = node.outputs as [string];
  w.scope = node.name;
  const factor = w.emit("Mul", [scale, inverseDeviation(node, w, variance)]);
  const centred = w.centred(x, mean);
  if (centred !== undefined) {
    w.emitOpen(y, affine(w, centred, w.dims(x)![1]!, factor, bias));
    return;
  }
  const shift = w.emit("Sub", [bias, w.emit("Mul", [mean, factor])]);
  perChannel(w, x, factor, shift, y);
}

/** [1, C, 1, 1] of a blocked value: first over each sample's positions, which is one fast pass. */
function channelMean(w: Rewriter, blocked: string): string {
  const each = w.emit("GlobalAveragePool", [blocked], {}, { domain: NCHWC });
  const keepdims = int(1);
  if (w.opset < AXES_INPUT) return w.emit("ReduceMean", [each], { keepdims, axes: ints(0) });
  return w.emit("ReduceMean", [each, ...axes(w, [0])], { keepdims });
}

const axes = (w: Rewriter, list: readonly number[]) => [w.initializer(int64s(list))];

function inverseDeviation(node: Node, w: Rewriter, variance: string): string {
  const epsilon = w.initializer(tensorOf("float32", [], [number(node, "epsilon", EPSILON)]));
  return w.emitShared("Reciprocal", [
    w.emitShared("Sqrt", [w.emitShared("Add", [variance, epsilon])]),
  ]);
}

/** ONNX: next = old momentum + batch (1 - momentum). */
function running(w: Rewriter, old: string, batch: string, momentum: number, next: string): void {
  if (next === "") return;
  const outputs = { outputs: [next] };
  if (momentum === 0) {
    w.emit("Identity", [batch], {}, outputs);
    return;
  }
  const share = (value: number) => w.initializer(tensorOf("float32", [], [value]));
  const kept = w.emit("Mul", [old, share(momentum)]);
  w.emit("Add", [kept, w.emit("Mul", [batch, share(1 - momentum)])], {}, outputs);
}

function number(node: Node, name: string, otherwise: number): number {
  const attribute = node.attributes[name];
  return attribute?.kind === "float" ? attribute.value : otherwise;
}
