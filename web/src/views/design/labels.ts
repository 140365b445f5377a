/** What is written on boxes, in the table and beside: operators, shapes, attributes. */
import type { Attribute, Shape, ValueType } from "../../../../src/graph/types.ts";
import type { Facts } from "./protocol.ts";
import type { Shown } from "./state.ts";

export function shapeText(shape: Shape | undefined): string {
  if (shape === undefined) return "shape not known";
  return shape.length === 0 ? "scalar" : shape.join(" × ");
}

export const typeText = (type: ValueType | undefined): string =>
  type === undefined ? "not known" : `${type.dtype} ${shapeText(type.shape)}`;

/** Without the batch, short: `64×56×56`. */
function briefShape(type: ValueType | undefined): string {
  const { shape } = type ?? {};
  if (shape === undefined) return "";
  return (shape.length > 1 ? shape.slice(1) : shape).join("×");
}

/** The values that an item gives. */
export function outputsOf({ graph, outline }: Shown, item: number): readonly string[] {
  const place = outline.places[item]!;
  if (outline.kinds[item] === "input") return [graph.inputs[place]!.name];
  if (outline.kinds[item] === "output") return [graph.outputs[place]!.name];
  return graph.nodes[place]!.outputs.filter((name) => name !== "");
}

/** What an item is called in a list. */
export function itemName({ outline }: Shown, entity: number): string {
  const items = outline.kinds.length;
  return entity < items ? outline.names[entity]! : outline.groups[entity - items]!.path;
}

export function operatorOf({ graph, outline }: Shown, item: number): string {
  const kind = outline.kinds[item]!;
  return kind === "node" ? graph.nodes[outline.places[item]!]!.op : kind;
}

export function titleOf(shown: Shown, entity: number): string {
  const { outline, graph } = shown;
  const items = outline.kinds.length;
  if (entity >= items) return `+ ${outline.groups[entity - items]!.label}`;
  if (outline.kinds[entity] !== "node") return outline.names[entity]!;
  const { op, attributes } = graph.nodes[outline.places[entity]!]!;
  const kernel = attributes.kernel_shape;
  const strides = attributes.strides;
  const groups = attributes.group;
  const text = [op];
  if (kernel?.kind === "ints") text.push(kernel.value.join("×"));
  if (strides?.kind === "ints" && strides.value.some((s) => s > 1))
    text.push(`/${strides.value[0]}`);
  if (groups?.kind === "int" && groups.value > 1) text.push(`groups ${groups.value}`);
  return text.join(" ");
}

export function detailOf(shown: Shown, facts: Facts | undefined, entity: number): string {
  const { outline } = shown;
  const items = outline.kinds.length;
  if (entity >= items) return `${outline.groups[entity - items]!.size} nodes`;
  const [first] = outputsOf(shown, entity);
  return first === undefined ? "" : briefShape(facts?.types.get(first));
}

/** More elements of a list are not shown. */
const MAX_LIST = 24;

export function attributeText(a: Attribute): string {
  switch (a.kind) {
    case "int":
    case "float":
      return String(a.value);
    case "string":
      return a.value;
    case "ints":
    case "floats":
    case "strings":
      return a.value.length > MAX_LIST
        ? `${a.value.slice(0, MAX_LIST).join(", ")}, … (${a.value.length})`
        : a.value.join(", ") || "(empty)";
    case "tensor":
      return `tensor, ${a.value.dtype} ${shapeText(a.value.dims)}`;
    case "tensors":
      return `${a.value.length} tensors`;
    case "graph":
      return `graph of ${a.value.nodes.length} nodes`;
    case "graphs":
      return `${a.value.length} graphs`;
    case "opaque":
      return `${a.type}, ${a.bytes.length} bytes`;
  }
}
