/** Elementwise arithmetic on value names and numbers, and rules for functions of one element. */
import { emit, scalar } from "./emit.ts";
import type { GradientContext, GradientRule } from "./types.ts";

/** Numbers become constants of the type of the node's first input. */
export class Arithmetic {
  readonly #ctx: GradientContext;

  constructor(ctx: GradientContext) {
    this.#ctx = ctx;
  }

  apply(op: string, ...operands: readonly (string | number)[]): string {
    const names = operands.map((o) => (typeof o === "number" ? scalar(this.#ctx, o) : o));
    return emit(this.#ctx, op, names);
  }

  add(a: string | number, b: string | number): string {
    return this.apply("Add", a, b);
  }

  sub(a: string | number, b: string | number): string {
    return this.apply("Sub", a, b);
  }

  mul(a: string | number, b: string | number): string {
    return this.apply("Mul", a, b);
  }

  div(a: string | number, b: string | number): string {
    return this.apply("Div", a, b);
  }

  greater(a: string | number, b: string | number): string {
    return this.apply("Greater", a, b);
  }

  less(a: string | number, b: string | number): string {
    return this.apply("Less", a, b);
  }

  where(condition: string, a: string | number, b: string | number): string {
    return this.apply("Where", condition, a, b);
  }
}

export interface ElementOperands {
  readonly x: string;
  readonly y: string;
  /** d loss / d y */
  readonly g: string;
  readonly ctx: GradientContext;
}

/** The rule of y = f(x), one element at a time. @param derivative gives d loss / d x */
export function elementwise(
  derivative: (v: Arithmetic, operands: ElementOperands) => string,
): GradientRule {
  return (ctx, [g]) => [
    derivative(new Arithmetic(ctx), {
      x: ctx.node.inputs[0]!,
      y: ctx.node.outputs[0]!,
      g: g!,
      ctx,
    }),
  ];
}
