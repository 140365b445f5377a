/** Einsum: products and sums of any operands, by labelled axes. */
import { neverEqual } from "../graph/dim.ts";
import type { Dim } from "../graph/types.ts";
import { broadcastDim } from "./broadcast.ts";
import { fail, input, shapeText, sizeOf, stringAttr, typed } from "./context.ts";
import { copyWork } from "./movement.ts";
import type { CountContext, OpContext, Operator, Work } from "./types.ts";

export interface Equation {
  /** Labels of each operand; axes under an ellipsis are "...0", "...1" from the right. */
  readonly operands: readonly (readonly string[])[];
  readonly output: readonly string[];
  readonly sizes: ReadonlyMap<string, Dim>;
}

function labelsOf(ctx: OpContext, term: string, rank: number | undefined): string[] {
  const parts = term.split("...");
  if (parts.length > 2 || /[^A-Za-z.]/.test(term) || parts.some((p) => p.includes(".")))
    throw fail(ctx, `equation term '${term}' is malformed`);
  const [before, after] = [parts[0]!.split(""), (parts[1] ?? "").split("")];
  const named = before.length + after.length;
  const hidden = parts.length === 2 && rank !== undefined ? rank - named : 0;
  if (rank !== undefined && (hidden < 0 || named + hidden !== rank))
    throw fail(ctx, `equation term '${term}' names ${named} axes, its operand has ${rank}`);
  return [...before, ...Array.from({ length: hidden }, (_, i) => `...${hidden - 1 - i}`), ...after];
}

export function parseEquation(ctx: OpContext): Equation {
  const text = stringAttr(ctx, "equation", "").replace(/\s/g, "");
  const [left, right, more] = text.split("->");
  const terms = left!.split(",");
  if (more !== undefined || terms.length !== ctx.inputs.length)
    throw fail(ctx, `equation '${text}' for ${ctx.inputs.length} operands`);
  const operands = terms.map((t, i) => labelsOf(ctx, t, input(ctx, i).shape.length));
  const sizes = new Map<string, Dim>();
  operands.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const d = input(ctx, i).shape[axis]!;
      const seen = sizes.get(label);
      const joint = seen === undefined ? d : broadcastDim(seen, d);
      if (
        joint === undefined ||
        (seen !== undefined && seen !== 1 && d !== 1 && neverEqual(seen, d))
      )
        throw fail(
          ctx,
          `equation '${text}': ${label} is ${seen} before and ${d} in operand ${i}, ${shapeText(input(ctx, i).shape)}`,
        );
      sizes.set(label, joint);
    });
  });
  const hidden = [...sizes.keys()]
    .filter((l) => l.startsWith("..."))
    .sort()
    .reverse();
  const output =
    right === undefined
      ? [...hidden, ...once(operands.flat().filter((l) => !l.startsWith("...")))]
      : labelsOf(ctx, right.replace("...", ""), undefined);
  if (right?.includes("...")) output.splice(right.indexOf("..."), 0, ...hidden);
  for (const label of output)
    if (!sizes.has(label)) throw fail(ctx, `equation '${text}': ${label} stands in no operand`);
  return { operands, output, sizes };
}

/** The implicit result: labels that appear once, in alphabetical order. */
function once(labels: readonly string[]): string[] {
  return labels.filter((l) => labels.indexOf(l) === labels.lastIndexOf(l)).sort();
}

const product = (labels: Iterable<string>, sizes: ReadonlyMap<string, Dim>): number => {
  let n = 1;
  for (const l of labels) n *= sizes.get(l) as number;
  return n;
};

interface Step {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Operands contracted from left to right; labels that nothing later needs are summed at once. */
function steps(e: Equation): readonly Step[] {
  const out: Step[] = [];
  let left = new Set(e.operands[0]);
  for (let i = 1; i < e.operands.length; i++) {
    const right = new Set(e.operands[i]);
    const later = new Set([...e.output, ...e.operands.slice(i + 1).flat()]);
    const of = (keep: (l: string) => boolean) =>
      product([...new Set([...left, ...right])].filter(keep), e.sizes);
    out.push({
      batch: of((l) => later.has(l) && left.has(l) && right.has(l)),
      m: of((l) => later.has(l) && left.has(l) && !right.has(l)),
      n: of((l) => later.has(l) && !left.has(l) && right.has(l)),
      k: of((l) => !later.has(l)),
    });
    left = new Set([...left, ...right].filter((l) => later.has(l)));
  }
  return out;
}

export const Einsum: Operator = {
  name: "Einsum",
  infer(ctx) {
    const e = parseEquation(ctx);
    return [
      typed(
        input(ctx, 0).dtype,
        e.output.map((l) => e.sizes.get(l)!),
      ),
    ];
  },
  /** MACs: for each pair of operands the product of all labels' sizes; one operand: its sums. */
  count(ctx) {
    const e = parseEquation(ctx);
    const pairs = steps(e);
    if (pairs.length === 0) {
      const summed = e.operands[0]!.some((l) => !e.output.includes(l));
      return { macs: 0, flops: summed ? sizeOf(ctx.inputShapes[0]!) : 0 };
    }
    let macs = 0;
    for (const s of pairs) macs += s.batch * s.m * s.n * s.k;
    return { macs, flops: 0 };
  },
  work: einsumWork,
};

function einsumWork(ctx: CountContext): Work {
  const e = parseEquation(ctx);
  const pairs = steps(e);
  if (pairs.length === 1)
    return { kind: "matmul", ...pairs[0]!, weightB: ctx.fixed(1), bias: false };
  if (pairs.length > 1)
    return { kind: "gap", reason: "Einsum of more than two operands is no single kernel" };
  const rows = sizeOf(ctx.outputShapes[0]!);
  const size = sizeOf(ctx.inputShapes[0]!);
  if (size === rows) return copyWork(ctx);
  return { kind: "reduce", rows, length: size / rows, passes: 1, keepsShape: false };
}
