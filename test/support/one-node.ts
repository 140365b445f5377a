/** Graphs of one node, for checking the gradients of its operator. */
import fc from "fast-check";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Attribute, Graph, Shape, Tensor } from "../../src/graph/types.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { isFloat } from "../../src/ops/elements.ts";
import { checkGradients } from "./finite-differences.ts";

export interface OneNode {
  readonly op: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Graph inputs; floating-point ones are differentiated by. undefined: absent. */
  readonly inputs: readonly (Tensor | undefined)[];
  /** Indices of inputs that are initializers instead. */
  readonly constant?: readonly number[];
  /** Indices of inputs whose first axis is the free dimension `batch`. */
  readonly batched?: readonly number[];
  /** Indices of inputs whose axes from 2 on are free. */
  readonly spatial?: readonly number[];
  /** Default 1. */
  readonly outputs?: number;
  /** How many of them the loss depends on. Default: all. */
  readonly used?: number;
  readonly opset?: number;
  readonly step: number;
  readonly tolerance: number;
  /** Whether the analysis does not count the operator. */
  readonly uncounted?: boolean;
}

export function graphOf(o: OneNode): Graph {
  const b = new GraphBuilder(o.opset === undefined ? {} : { opset: o.opset });
  const names = o.inputs.map((t, i) => {
    if (t === undefined) return "";
    const name = `i${i}`;
    if (o.constant?.includes(i)) return b.initializer(name, t);
    let shape: Shape = t.dims;
    if (o.batched?.includes(i)) shape = ["batch", ...t.dims.slice(1)];
    if (o.spatial?.includes(i)) shape = shape.map((d, axis) => (axis < 2 ? d : `size${axis}`));
    return b.input(name, shape, t.dtype);
  });
  const outputs = b.addMany(o.op, names, o.outputs ?? 1, o.attributes ?? {});
  const types = analyze({ ...b.build(), outputs: [] }).types;
  for (const y of outputs.slice(0, o.used)) b.output(y, types.get(y)!.shape, types.get(y)!.dtype);
  return b.build();
}

/** @returns the largest error in proportion to the largest difference quotient */
export function checkNode(o: OneNode): Promise<number> {
  const feeds: Record<string, Tensor> = {};
  o.inputs.forEach((t, i) => {
    if (t !== undefined && !o.constant?.includes(i)) feeds[`i${i}`] = t;
  });
  const parameters = Object.keys(feeds).filter((name) => isFloat(feeds[name]!.dtype));
  const { step, tolerance } = o;
  const uncounted = o.uncounted ? [o.op] : [];
  return checkGradients({ graph: graphOf(o), feeds, parameters, step, tolerance, uncounted });
}

/** Checks random nodes. */
export async function checkAll(nodes: fc.Arbitrary<OneNode>, numRuns = 6): Promise<void> {
  await fc.assert(
    fc.asyncProperty(nodes, async (o) => {
      await checkNode(o);
    }),
    { numRuns },
  );
}

export const seeds = fc.integer({ min: 1, max: 1 << 30 });

/** Between `min` and `max`, both included. */
export function whole(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min, max });
}

export function shapes(least: number, most: number, size = 4): fc.Arbitrary<number[]> {
  return fc.array(whole(1, size), { minLength: least, maxLength: most });
}

/** As many numbers as there are spatial axes. */
export function each(rank: number, min: number, max: number): fc.Arbitrary<number[]> {
  return fc.array(whole(min, max), { minLength: rank, maxLength: rank });
}
