/** What all elementwise operators share: broadcast shapes, FLOPs an element, folding on values. */
import type { Dim, DType } from "../graph/types.ts";
import { broadcast } from "./broadcast.ts";
import { input, sizeOf, typed } from "./context.ts";
import { elementwise } from "./elements.ts";
import type { CountContext, OpContext, Operator } from "./types.ts";

export interface PointwiseRule {
  readonly name: string;
  readonly domain?: string;
  /**
   * Operations on one output element: each addition, product, comparison, exponential, logarithm
   * or other elementary function is one.
   */
  readonly flops: number | ((ctx: CountContext) => number);
  /** Inputs that broadcast together. Default: all that are present. */
  readonly operands?: readonly number[];
  /** Element type of the result. Default: that of input 0. */
  readonly dtype?: (ctx: OpContext) => DType;
  /** Result for one element of each operand; undefined where the expression has no form. */
  readonly fold?: (values: readonly Dim[], ctx: OpContext) => Dim | undefined;
  readonly epilogue?: Operator["epilogue"];
  readonly settings?: Operator["settings"];
}

export function pointwise(rule: PointwiseRule): Operator {
  const operands = (ctx: OpContext): readonly number[] =>
    rule.operands ?? ctx.inputs.flatMap((t, i) => (t === undefined ? [] : [i]));
  const dtype = (ctx: OpContext): DType => rule.dtype?.(ctx) ?? input(ctx, 0).dtype;
  const flops = (ctx: CountContext): number =>
    typeof rule.flops === "number" ? rule.flops : rule.flops(ctx);
  const { fold, epilogue, settings } = rule;
  return {
    name: rule.name,
    ...(rule.domain === undefined ? {} : { domain: rule.domain }),
    ...(epilogue === undefined ? {} : { epilogue }),
    ...(settings === undefined ? {} : { settings }),
    infer(ctx) {
      const at = operands(ctx);
      const first = input(ctx, at[0] ?? 0).shape;
      const shape =
        at.length === 1
          ? first
          : broadcast(
              ctx,
              at.map((i) => input(ctx, i).shape),
            );
      return [typed(dtype(ctx), shape)];
    },
    count: (ctx) => ({ macs: 0, flops: sizeOf(ctx.outputShapes[0]!) * flops(ctx) }),
    work: (ctx) => ({
      kind: "pointwise",
      elements: sizeOf(ctx.outputShapes[0]!),
      flopsPerElement: flops(ctx),
    }),
    ...(fold === undefined
      ? {}
      : { fold: (ctx: OpContext) => elementwise(ctx, operands(ctx), dtype, fold) }),
  };
}
