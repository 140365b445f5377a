/** Gradients of matrix products: Gemm, and MatMul with broadcast batches and vectors. */
import { float, int } from "../../graph/attribute.ts";
import type { Shape } from "../../graph/types.ts";
import { floatAttr, intAttr } from "../context.ts";
import {
  axisOf,
  emit,
  range,
  reshape,
  scalar,
  squeeze,
  transpose,
  unbroadcast,
  unsqueeze,
} from "./emit.ts";
import type { GradientContext, GradientRule } from "./types.ts";

/** y = alpha A B + beta C, A and B as their flags transpose them. */
export const gemm: GradientRule = (ctx, [g]) => {
  const [a, b, c] = ctx.node.inputs as [string, string, string | undefined];
  const [transA, transB] = [intAttr(ctx, "transA", 0), intAttr(ctx, "transB", 0)];
  const alpha = floatAttr(ctx, "alpha", 1);
  const beta = floatAttr(ctx, "beta", 1);
  const product = (left: string, right: string, tl: number, tr: number) =>
    emit(ctx, "Gemm", [left, right], {
      alpha: float(alpha),
      transA: int(tl),
      transB: int(tr),
    });
  const da = () => (transA ? product(b, g!, transB, 1) : product(g!, b, 0, 1 - transB));
  const db = () => (transB ? product(g!, a, 1, transA) : product(a, g!, 1 - transA, 0));
  const dc = () => {
    const sum = unbroadcast(ctx, g!, ctx.shape(ctx.node.outputs[0]!), c!);
    return beta === 1 ? sum : emit(ctx, "Mul", [sum, scalar(ctx, beta)]);
  };
  return [
    ctx.wanted(0) ? da() : undefined,
    ctx.wanted(1) ? db() : undefined,
    ctx.wanted(2) ? dc() : undefined,
  ];
};

/** A vector on the left is a row, on the right a column. */
export const matMul: GradientRule = (ctx, [g]) => {
  const [a, b] = ctx.node.inputs as [string, string];
  const [shapeA, shapeB] = [ctx.shape(a), ctx.shape(b)];
  const [vectorA, vectorB] = [shapeA.length === 1, shapeB.length === 1];
  const matrixA = vectorA ? unsqueeze(ctx, a, 0) : a;
  const matrixB = vectorB ? unsqueeze(ctx, b, 1) : b;
  const row = vectorA ? [-2] : [];
  const column = vectorB ? [-1] : [];
  const matrixG = unsqueeze(ctx, g!, ...row, ...column);
  const out = ctx.shape(ctx.node.outputs[0]!);
  const batch = out.slice(0, out.length - (vectorA ? 0 : 1) - (vectorB ? 0 : 1));
  const m = vectorA ? 1 : shapeA.at(-2)!;
  const n = vectorB ? 1 : shapeB.at(-1)!;
  const k = shapeA.at(-1)!;

  const da = () => {
    const full = emit(ctx, "MatMul", [matrixG, swapLast(ctx, matrixB, Math.max(2, shapeB.length))]);
    const whole = [...batch, m, k];
    if (!vectorA) return unbroadcast(ctx, full, whole, a);
    return squeezeBatch(ctx, full, whole, a, -2);
  };
  const db = () => {
    // A matrix that all batches share is one product of all rows.
    if (shapeB.length <= 2 && shapeA.length > 2) {
      const rows = reshape(ctx, a, [-1, axisOf(ctx, a, shapeA.length - 1)]);
      const last = typeof n === "number" ? n : axisOf(ctx, b, 1);
      const all = emit(ctx, "Gemm", [rows, reshape(ctx, matrixG, [-1, last])], { transA: int(1) });
      return vectorB ? squeeze(ctx, all, 1) : all;
    }
    const full = emit(ctx, "MatMul", [swapLast(ctx, matrixA, Math.max(2, shapeA.length)), matrixG]);
    const whole = [...batch, k, n];
    if (!vectorB) return unbroadcast(ctx, full, whole, b);
    return squeezeBatch(ctx, full, whole, b, -1);
  };
  return [ctx.wanted(0) ? da() : undefined, ctx.wanted(1) ? db() : undefined];
};

function swapLast(ctx: GradientContext, x: string, rank: number): string {
  return transpose(ctx, x, ...range(0, rank - 2), rank - 1, rank - 2);
}

/** The gradient by a vector: its added axis goes, and all batches are summed. */
function squeezeBatch(
  ctx: GradientContext,
  full: string,
  shape: Shape,
  vector: string,
  added: -1 | -2,
): string {
  const without = shape.toSpliced(shape.length + added, 1);
  return unbroadcast(ctx, squeeze(ctx, full, added), without, vector);
}
