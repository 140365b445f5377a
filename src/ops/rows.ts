/** Operators that go over rows and keep the shape: what softmax and the normalizations share. */
import type { ValueType } from "../graph/types.ts";
import { sizeOf } from "./context.ts";
import type { CountContext, OpContext, Operator } from "./types.ts";

export interface RowRule {
  readonly name: string;
  readonly domain?: string;
  readonly infer: (ctx: OpContext) => readonly ValueType[];
  /** Elements of one row of input 0. */
  readonly length: (ctx: CountContext) => number;
  /** Operations on one element, as in pointwise.ts. What is done once a row is not counted. */
  readonly flops: number | ((ctx: CountContext) => number);
  /** How often the input is read. */
  readonly passes: number;
  readonly settings?: readonly number[];
}

export function rowwise(rule: RowRule): Operator {
  const { name, domain, infer, length, flops, passes, settings } = rule;
  return {
    name,
    ...(domain === undefined ? {} : { domain }),
    ...(settings === undefined ? {} : { settings }),
    infer,
    count: (ctx) => ({
      macs: 0,
      flops: sizeOf(ctx.inputShapes[0]!) * (typeof flops === "number" ? flops : flops(ctx)),
    }),
    work(ctx) {
      const size = sizeOf(ctx.inputShapes[0]!);
      const row = length(ctx);
      const rows = row === 0 ? 0 : size / row;
      return { kind: "reduce", rows, length: row, passes, keepsShape: true };
    },
  };
}
