/** A region that has been checked: its steps, and the types at both ends. */
import { UserError } from "../../base/errors.ts";
import { neverEqual } from "../../graph/dim.ts";
import type { Node, Shape } from "../../graph/types.ts";
import { dataInput, type PointwiseStep, type Step, stepOf } from "./steps.ts";
import type { BlockRegion, BlockSource } from "./types.ts";

/** A step with the shapes [N, C, H, W] before and after it. */
export interface Link {
  readonly step: Step;
  readonly before: Shape;
  readonly after: Shape;
}

export interface Chain {
  readonly links: readonly Link[];
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** Undefined: zeros. */
  readonly base: string | undefined;
  readonly after: readonly PointwiseStep[];
}

/**
 * @throws UserError where the nodes are no chain from input to output, where one of them cannot be
 *   computed in blocks, or where the base has another shape
 */
export function chainOf(region: BlockRegion, source: BlockSource): Chain {
  const { block, input, output, nodes } = region;
  if (!(Number.isSafeInteger(block) && block >= 1))
    throw new UserError(`region ${output}: the block is ${block} pixels wide`, {
      hint: "give a whole number from 1",
    });
  const links: Link[] = [];
  let value = input;
  for (const node of nodes) {
    const step = known(node, source, value);
    const before = shapeOf(source, value);
    value = node.outputs[0]!;
    links.push({ step, before, after: shapeOf(source, value) });
  }
  if (value !== output || links.length === 0)
    throw new UserError(`region ${output}: its nodes end at ${value}`, {
      hint: "give the nodes from the input to the output, in order",
    });
  const inputShape = shapeOf(source, input);
  const outputShape = shapeOf(source, output);
  const base = region.base ?? (region.mode === "add" ? input : undefined);
  if (base !== undefined) {
    const shape = shapeOf(source, base);
    if (shape.some((d, axis) => neverEqual(d, outputShape[axis]!)))
      throw new UserError(
        `region ${output}: the base ${base} is [${shape.join(", ")}], the output [${outputShape.join(", ")}]`,
        { hint: "name a value of the output's shape as the base, e.g. the shortcut" },
      );
  }
  return { links, inputShape, outputShape, base, after: afterSteps(region, source) };
}

function known(node: Node, source: BlockSource, value: string): Step {
  const step = stepOf(node, source);
  if (typeof step === "string")
    throw new UserError(`${node.name} (${node.op}) cannot be computed in blocks: ${step}`, {
      hint: "leave it out of the region; regionGaps names all such nodes",
    });
  if (dataInput(node, source) !== value)
    throw new UserError(`${node.name} (${node.op}) does not read ${value} alone`, {
      hint: "a region is a chain: each node reads the one before it, and constants",
    });
  return step;
}

function afterSteps({ after = [], output }: BlockRegion, source: BlockSource): PointwiseStep[] {
  let value: string | undefined;
  return after.map((node) => {
    const step = known(node, source, value ?? dataInput(node, source) ?? "");
    const scalar = node.inputs.every(
      (name) => (source.constants.get(name)?.dims.length ?? 0) === 0,
    );
    if (step.kind !== "pointwise" || node.op === "BatchNormalization" || !scalar)
      throw new UserError(
        `region ${output}: ${node.name} (${node.op}) follows the sum, where only operators without constants per channel can`,
        { hint: "end the region before it" },
      );
    value = node.outputs[0];
    return step;
  });
}

function shapeOf(source: BlockSource, value: string): Shape {
  const type = source.types.get(value);
  if (type?.shape === undefined)
    throw new UserError(`the shape of ${value} is not known`, {
      hint: "give the types of the graph that the region is taken from",
    });
  if (type.shape.length !== 4 || typeof type.shape[1] !== "number")
    throw new UserError(`${value} is [${type.shape.join(", ")}], expected [N, C, H, W]`, {
      hint: "regions are runs of layers on feature maps",
    });
  if (type.dtype !== "float32") throw new UserError(`${value} is ${type.dtype}, expected float32`);
  return type.shape;
}
