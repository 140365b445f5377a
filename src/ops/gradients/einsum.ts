/** Gradient of Einsum: by each operand the Einsum of the others and the result's gradient. */
import { string } from "../../graph/attribute.ts";
import { tensorOf } from "../../graph/tensor.ts";
import type { Dim } from "../../graph/types.ts";
import { fail } from "../context.ts";
import { parseEquation } from "../einsum.ts";
import { dtypeOf, emit, expandOver, unsqueeze } from "./emit.ts";
import type { GradientContext, GradientRule } from "./types.ts";

interface Term {
  readonly value: string;
  readonly labels: readonly string[];
  readonly shape: readonly Dim[];
}

export const einsum: GradientRule = (ctx, [g]) => {
  const equation = parseEquation(ctx);
  const letter = letters([...equation.sizes.keys()]);
  const y = ctx.node.outputs[0]!;
  const operands = ctx.node.inputs.map(
    (value, i): Term => ({
      value,
      labels: equation.operands[i]!.map(letter),
      shape: ctx.shape(value),
    }),
  );
  const result: Term = { value: g!, labels: equation.output.map(letter), shape: ctx.shape(y) };
  return operands.map((operand, i) =>
    ctx.wanted(i) ? byOperand(ctx, operand, [result, ...operands.toSpliced(i, 1)]) : undefined,
  );
};

/** One letter for each label; axes under an ellipsis get letters that are free. */
function letters(labels: readonly string[]): (label: string) => string {
  const free = Array.from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ").filter(
    (c) => !labels.includes(c),
  );
  const map = new Map(labels.map((l) => [l, l.length === 1 ? l : free.pop()!]));
  return (label) => map.get(label)!;
}

function byOperand(ctx: GradientContext, operand: Term, terms: readonly Term[]): string {
  const distinct = [...new Set(operand.labels)];
  /** Size of a label in the other terms; undefined where none has it. */
  const given = (label: string): Dim | undefined => {
    const found = terms.flatMap((t) => t.shape.filter((_, axis) => t.labels[axis] === label));
    return found.find((d) => d !== 1) ?? found[0];
  };
  const own = (label: string) => operand.shape[operand.labels.indexOf(label)]!;
  // A label of size 1 that the others repeat is summed; so is one that they do not have repeated.
  const target = distinct.filter((label) => {
    const size = given(label);
    if (size === undefined || (own(label) === 1 && size !== 1)) return false;
    if (size !== own(label) && size !== 1)
      throw fail(
        ctx,
        `label ${label} is ${own(label)} here and ${size} there: whether it is broadcast is open`,
        "give numbers to the free dimensions before differentiating",
      );
    return true;
  });
  const left = terms.map((t) => t.labels.join("")).join(",");
  const right = target.join("");
  const product =
    left === right
      ? terms[0]!.value
      : emit(
          ctx,
          "Einsum",
          terms.map((t) => t.value),
          { equation: string(`${left}->${right}`) },
        );
  // Axes of the operand in their order; what the product lacks has size 1 and is repeated.
  const seen = new Set<string>();
  const absent: number[] = [];
  const repeated: number[] = [];
  const diagonal: (readonly [number, number])[] = [];
  operand.labels.forEach((label, axis) => {
    if (seen.has(label)) {
      absent.push(axis);
      diagonal.push([operand.labels.indexOf(label), axis]);
      return;
    }
    seen.add(label);
    if (!target.includes(label)) absent.push(axis);
    if (own(label) !== 1 && (!target.includes(label) || given(label) === 1)) repeated.push(axis);
  });
  const placed = unsqueeze(ctx, product, ...absent);
  const whole = repeated.length === 0 ? placed : expandOver(ctx, placed, operand.value, repeated);
  return diagonal.reduce((x, [a, b]) => emit(ctx, "Mul", [x, identity(ctx, operand, a, b)]), whole);
}

/** 1 where the positions along two axes agree, else 0, of size 1 along the others. */
function identity(ctx: GradientContext, { shape }: Term, a: number, b: number): string {
  const size = shape[a]!;
  if (typeof size !== "number")
    throw fail(ctx, `it takes a diagonal of free size ${size}`, "give it a number");
  const values = Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const dims = shape.map((_, axis) => (axis === a || axis === b ? size : 1));
  return ctx.builder.constant(tensorOf(dtypeOf(ctx) as "float32", dims, values));
}
