/** Sizes that are numbers, or that the graph itself computes where height and width are free. */
import { int, ints } from "../../graph/attribute.ts";
import { int64s } from "../../graph/tensor.ts";
import type { Scope } from "./scope.ts";
import type { WindowStep } from "./steps.ts";

/** A number, or the name of an int64 value [1]. */
export type Size = number | string;

/** Arithmetic on sizes: numbers at once, anything else as nodes. */
export class SizeMath {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  add(a: Size, b: Size): Size {
    if (typeof a === "number" && typeof b === "number") return a + b;
    return b === 0 ? a : this.#node("Add", a, b);
  }

  mul(a: Size, b: Size): Size {
    if (typeof a === "number" && typeof b === "number") return a * b;
    return b === 1 ? a : this.#node("Mul", a, b);
  }

  /** floor(a / b) of what is not negative. */
  div(a: Size, b: number): Size {
    if (typeof a === "number") return Math.floor(a / b);
    return b === 1 ? a : this.#node("Div", a, b);
  }

  ceilDiv(a: Size, b: number): Size {
    return this.div(this.add(a, b - 1), b);
  }

  min(a: Size, b: Size): Size {
    if (typeof a === "number" && typeof b === "number") return Math.min(a, b);
    return this.#node("Min", a, b);
  }

  /** As a value [1]. */
  value(size: Size): string {
    return typeof size === "string"
      ? size
      : this.#scope.constant(`blocks/int/${size}`, int64s([size]));
  }

  /** Several sizes as one value, e.g. the shape of a Reshape. */
  vector(sizes: readonly Size[]): string {
    if (sizes.every((size) => typeof size === "number"))
      return this.#scope.constant(`blocks/ints/${sizes.join(",")}`, int64s(sizes));
    return this.#scope.add(
      "Concat",
      sizes.map((size) => this.value(size)),
      { axis: int(0) },
    );
  }

  /** One axis of a value's shape. */
  of(value: string, axis: number): Size {
    return this.#scope.add("Shape", [value], { start: int(axis), end: int(axis + 1) });
  }

  /** 0, 1, ..., size - 1. */
  range(size: Size): string {
    const scalar = this.#scope.constant("blocks/scalar", int64s([]));
    const [zero, one] = [0, 1].map((v) =>
      this.#scope.constant(`blocks/scalar/${v}`, int64s([v], [])),
    );
    const end = this.#scope.add("Reshape", [this.value(size), scalar]);
    return this.#scope.add("Range", [zero!, end, one!]);
  }

  /** Output pixels of a window along an axis of `size` pixels. */
  slide(size: Size, step: WindowStep, axis: 0 | 1): Size {
    const reach = (step.kernel[axis] - 1) * step.dilation[axis] + 1;
    const room = this.add(size, step.padBegin[axis] + step.padEnd[axis] - reach);
    const stride = step.stride[axis];
    if (!step.ceil) return this.add(this.div(room, stride), 1);
    const starts = this.ceilDiv(this.add(size, step.padBegin[axis]), stride);
    return this.min(this.add(this.ceilDiv(room, stride), 1), starts);
  }

  #node(op: string, a: Size, b: Size): string {
    return this.#scope.add(op, [this.value(a), this.value(b)]);
  }
}

/** Axes in another order; (0, 2, 3, 1) brings channels last. */
export function transposed(scope: Scope, x: string, perm: readonly number[], output?: string) {
  return scope.add("Transpose", [x], { perm: ints(...perm) }, output);
}
