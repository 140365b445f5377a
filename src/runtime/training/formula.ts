/** Arithmetic as graph nodes: operands are value names or numbers, results are value names. */
import { int, ints } from "../../graph/attribute.ts";
import { int64s, tensorOf } from "../../graph/tensor.ts";
import type { Attribute, Tensor } from "../../graph/types.ts";
import type { GradientBuilder } from "../../ops/gradients/builder.ts";

export type Operand = string | number;

/** TensorProto.DataType of the types that are cast to here. */
const TYPE_CODES = { float32: 1, int64: 7, float64: 11 } as const;

/** ReduceSum takes its axes as an input since then. */
const SUM_AXES_INPUT = 13;

export class Formula {
  readonly builder: GradientBuilder;

  constructor(builder: GradientBuilder) {
    this.builder = builder;
  }

  /** The same builder, with new nodes called `scope/Operator`. */
  scoped(scope: string): Formula {
    this.builder.scope = scope;
    return this;
  }

  /** Numbers become float32 scalars. */
  apply(
    op: string,
    operands: readonly Operand[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    return this.builder.add(
      op,
      operands.map((o) => (typeof o === "number" ? this.number(o) : o)),
      attributes,
    );
  }

  number(value: number, dtype: "float32" | "float64" = "float32"): string {
    return this.constant(tensorOf(dtype, [], [value]));
  }

  /** A list, e.g. of axes or dimensions. */
  integers(...values: readonly number[]): string {
    return this.constant(int64s(values));
  }

  constant(tensor: Tensor): string {
    return this.builder.constant(tensor);
  }

  add = (a: Operand, b: Operand) => this.apply("Add", [a, b]);
  sub = (a: Operand, b: Operand) => this.apply("Sub", [a, b]);
  mul = (a: Operand, b: Operand) => this.apply("Mul", [a, b]);
  div = (a: Operand, b: Operand) => this.apply("Div", [a, b]);
  min = (a: Operand, b: Operand) => this.apply("Min", [a, b]);
  max = (a: Operand, b: Operand) => this.apply("Max", [a, b]);
  less = (a: Operand, b: Operand) => this.apply("Less", [a, b]);
  sqrt = (a: Operand) => this.apply("Sqrt", [a]);
  where = (condition: string, a: Operand, b: Operand) => this.apply("Where", [condition, a, b]);

  cast(value: string, to: keyof typeof TYPE_CODES): string {
    return this.apply("Cast", [value], { to: int(TYPE_CODES[to]) });
  }

  reshape(value: string, dims: readonly number[]): string {
    return this.apply("Reshape", [value, this.integers(...dims)]);
  }

  /** Sum over the axes, which are dropped; over all of them where none is named. */
  sum(value: string, ...axes: readonly number[]): string {
    const keepdims = int(0);
    if (axes.length === 0) return this.apply("ReduceSum", [value], { keepdims });
    // A network that is scored, not trained, may be of an older operator set.
    if (this.builder.opset < SUM_AXES_INPUT)
      return this.apply("ReduceSum", [value], { keepdims, axes: ints(...axes) });
    return this.apply("ReduceSum", [value, this.integers(...axes)], { keepdims });
  }
}
