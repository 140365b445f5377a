/**
 * Attributes by kind. ONNX tells an `int` from a `float` (LeakyRelu's `alpha` of 1 is a float), so
 * the kind is always said: `{ group: int(1), kernel_shape: ints(3, 3), alpha: float(0.01) }`.
 */
import { UserError } from "../base/errors.ts";
import type { Attribute, Graph, Node, Tensor } from "./types.ts";

export function int(value: number): Attribute {
  return { kind: "int", value };
}

/** ONNX keeps floats in 32 bits: the value is rounded to the nearest when it is written. */
export function float(value: number): Attribute {
  return { kind: "float", value };
}

export function string(value: string): Attribute {
  return { kind: "string", value };
}

export function ints(...value: readonly number[]): Attribute {
  return { kind: "ints", value };
}

export function floats(...value: readonly number[]): Attribute {
  return { kind: "floats", value };
}

export function strings(...value: readonly string[]): Attribute {
  return { kind: "strings", value };
}

export function tensorAttribute(value: Tensor): Attribute {
  return { kind: "tensor", value };
}

export function graphAttribute(value: Graph): Attribute {
  return { kind: "graph", value };
}

type Value<K extends Attribute["kind"]> = Attribute extends infer A
  ? A extends { readonly kind: infer Kinds; readonly value: infer V }
    ? K extends Kinds
      ? V
      : never
    : never
  : never;

/**
 * The value of an attribute, or undefined where the node has none.
 *
 * @throws UserError where it is there but of another kind
 */
export function attributeValue<K extends Exclude<Attribute["kind"], "opaque">>(
  node: Node,
  name: string,
  kind: K,
): Value<K> | undefined {
  const attribute = node.attributes[name];
  if (attribute === undefined) return undefined;
  if (attribute.kind !== kind)
    throw new UserError(
      `${node.name} (${node.op}): attribute ${name} is of kind ${attribute.kind}, expected ${kind}`,
      { hint: "export the model again, or correct the attribute's type" },
    );
  return (attribute as { readonly value: unknown }).value as Value<K>;
}

/** Graphs that the node carries: the branches of an If, the body of a Loop. */
export function subgraphs(node: Node): readonly Graph[] {
  const out: Graph[] = [];
  for (const attribute of Object.values(node.attributes)) {
    if (attribute.kind === "graph") out.push(attribute.value);
    else if (attribute.kind === "graphs") out.push(...attribute.value);
  }
  return out;
}
