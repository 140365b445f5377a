/** Matrix products: MatMul with broadcast batches, Gemm, and MatMul's integer forms. */
import { neverEqual } from "../graph/dim.ts";
import type { Dim, DType, Shape } from "../graph/types.ts";
import { broadcast } from "./broadcast.ts";
import { fail, floatAttr, input, intAttr, ranked, shapeText, sizeOf, typed } from "./context.ts";
import type { CountContext, MatMulWork, OpContext, Operator } from "./types.ts";

interface Product {
  /** Batch axes of the result, after broadcasting. */
  readonly batch: Shape;
  readonly m: Dim | undefined;
  readonly n: Dim | undefined;
  readonly k: Dim;
}

/** NumPy's rules: a vector on the left is a row, on the right a column, and its axis goes again. */
function product(ctx: OpContext, left: number, right: number): Product {
  const a = ranked(ctx, left, 1).shape;
  const b = ranked(ctx, right, 1).shape;
  const k = a[a.length - 1]!;
  const kb = b.length === 1 ? b[0]! : b[b.length - 2]!;
  if (neverEqual(k, kb))
    throw fail(
      ctx,
      `${shapeText(a)} by ${shapeText(b)}: inner sizes ${k} and ${kb} differ`,
      "check the weight, or a transpose before it",
    );
  return {
    batch: broadcast(ctx, [a.slice(0, -2), b.slice(0, -2)]),
    m: a.length === 1 ? undefined : a[a.length - 2]!,
    n: b.length === 1 ? undefined : b[b.length - 1]!,
    k: typeof k === "number" ? k : kb,
  };
}

function productShape(p: Product): Shape {
  const tail: Dim[] = [];
  if (p.m !== undefined) tail.push(p.m);
  if (p.n !== undefined) tail.push(p.n);
  return [...p.batch, ...tail];
}

/** A weight that all batches share makes one product of all rows. */
function productWork(ctx: CountContext, left: number, right: number): MatMulWork {
  const p = product(ctx, left, right);
  const batch = sizeOf(p.batch as readonly number[]);
  const m = (p.m ?? 1) as number;
  const n = (p.n ?? 1) as number;
  const shared = sizeOf(ctx.inputShapes[right]!.slice(0, -2)) === 1;
  const weightB = ctx.fixed(right) && shared;
  return {
    kind: "matmul",
    batch: weightB ? 1 : batch,
    m: weightB ? batch * m : m,
    n,
    k: p.k as number,
    weightB,
    bias: false,
  };
}

function matrixProduct(
  name: string,
  left: number,
  right: number,
  outputType: (ctx: OpContext) => DType,
  settings: readonly number[] = [],
): Operator {
  return {
    name,
    settings,
    integerWeights: [right],
    infer: (ctx) => [typed(outputType(ctx), productShape(product(ctx, left, right)))],
    /** MACs: batch * m * n * k. */
    count: (ctx) => ({
      macs: sizeOf(ctx.outputShapes[0]!) * (product(ctx, left, right).k as number),
      flops: 0,
    }),
    work: (ctx) => productWork(ctx, left, right),
  };
}

export const MatMul = matrixProduct("MatMul", 0, 1, (ctx) => input(ctx, 0).dtype);
export const MatMulInteger = matrixProduct("MatMulInteger", 0, 1, () => "int32", [2, 3]);
export const QLinearMatMul = matrixProduct(
  "QLinearMatMul",
  0,
  3,
  (ctx) => input(ctx, 7).dtype,
  [1, 2, 4, 5, 6, 7],
);

/** Rows, columns and inner size of Gemm's operands after transposition. */
function gemm(ctx: OpContext): { readonly m: Dim; readonly n: Dim; readonly k: Dim } {
  const a = ranked(ctx, 0, 2, 2).shape;
  const b = ranked(ctx, 1, 2, 2).shape;
  const [m, k] = intAttr(ctx, "transA", 0) ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [kb, n] = intAttr(ctx, "transB", 0) ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  if (neverEqual(k, kb))
    throw fail(
      ctx,
      `${shapeText(a)} by ${shapeText(b)}: inner sizes ${k} and ${kb} differ`,
      `check transA=${intAttr(ctx, "transA", 0)} and transB=${intAttr(ctx, "transB", 0)}`,
    );
  return { m, n, k: typeof k === "number" ? k : kb };
}

/** alpha * A * B + beta * C. */
export const Gemm: Operator = {
  name: "Gemm",
  infer(ctx) {
    const { m, n } = gemm(ctx);
    if (ctx.inputs[2]) {
      const c = input(ctx, 2).shape;
      const out = broadcast(ctx, [[m, n], c]);
      if (out.length !== 2 || neverEqual(out[0]!, m) || neverEqual(out[1]!, n))
        throw fail(ctx, `C is ${shapeText(c)}, which does not broadcast to [${m},${n}]`);
    }
    return [typed(input(ctx, 0).dtype, [m, n])];
  },
  /** MACs: m * n * k; scaling by alpha or beta and adding C one FLOP an output element each. */
  count(ctx) {
    const out = sizeOf(ctx.outputShapes[0]!);
    const { k } = gemm(ctx);
    const scale = floatAttr(ctx, "alpha", 1) === 1 ? 0 : out;
    const add = ctx.inputs[2] ? out * (floatAttr(ctx, "beta", 1) === 1 ? 1 : 2) : 0;
    return { macs: out * (k as number), flops: scale + add };
  },
  work(ctx) {
    const { m, n, k } = gemm(ctx);
    return {
      kind: "matmul",
      batch: 1,
      m: m as number,
      n: n as number,
      k: k as number,
      weightB: ctx.fixed(1),
      bias: ctx.inputs[2] !== undefined,
    };
  },
};
