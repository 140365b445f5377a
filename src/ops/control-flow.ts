/** If, Loop and Scan: what runs, and how often, is decided at run time; the nodes inside are gaps. */
import { attributeValue } from "../graph/attribute.ts";
import type { ValueType } from "../graph/types.ts";
import type { OpContext, Operator } from "./types.ts";

const unknown: ValueType = { dtype: "float32", shape: undefined };

/** Types that both branches declare for an output, where they agree. */
function branchTypes(ctx: OpContext): readonly ValueType[] {
  const one = attributeValue(ctx.node, "then_branch", "graph")?.outputs ?? [];
  const other = attributeValue(ctx.node, "else_branch", "graph")?.outputs ?? [];
  return ctx.node.outputs.map((_, i) => {
    const [a, b] = [one[i], other[i]];
    if (!a || !b || a.dtype !== b.dtype) return a ?? unknown;
    const agree =
      a.shape && b.shape?.length === a.shape.length && a.shape.every((d, k) => d === b.shape![k]);
    return { dtype: a.dtype, shape: agree ? a.shape : undefined };
  });
}

function controlFlow(name: string, gap: string, infer: Operator["infer"]): Operator {
  return { name, gap, infer, work: () => ({ kind: "gap", reason: gap }) };
}

const undeclared = (ctx: OpContext) => ctx.node.outputs.map(() => unknown);

export const If = controlFlow("If", "which branch runs is decided at run time", branchTypes);
export const Loop = controlFlow("Loop", "the number of turns is decided at run time", undeclared);
export const Scan = controlFlow("Scan", "the body's work is not counted", undeclared);
