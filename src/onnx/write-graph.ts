/** Graphs to the schema's messages. */
import { create, fromBinary, isFieldSet } from "@bufbuild/protobuf";
import { UserError } from "../base/errors.ts";
import type { Attribute, Graph, Node, Tensor, Value, ValueType } from "../graph/types.ts";
import { DTYPE_NUMBERS } from "./dtypes.ts";
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  AttributeProto_AttributeType as Kind,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type TypeProto,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./generated/onnx_pb.ts";

/** The whole graph with its weights inside, as subgraphs are stored. */
export function graphToProto(graph: Graph): GraphProto {
  const proto = structureToProto(graph);
  for (const [name, tensor] of graph.initializers) {
    const initializer = tensorToProto(tensor, name);
    if (tensor.dtype !== "string") initializer.rawData = tensor.bytes;
    proto.initializer.push(initializer);
  }
  return proto;
}

/** Everything but the initializers. */
export function structureToProto(graph: Graph): GraphProto {
  return create(GraphProtoSchema, {
    name: graph.name,
    node: graph.nodes.map(nodeToProto),
    input: graph.inputs.map(valueToProto),
    output: graph.outputs.map(valueToProto),
    valueInfo: Array.from(graph.declared, ([name, type]) => valueToProto({ name, ...type })),
  });
}

function nodeToProto(node: Node): NodeProto {
  const proto = create(NodeProtoSchema, {
    name: node.name,
    opType: node.op,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes).map(([name, a]) =>
      attributeToProto(name, a, `${node.name} (${node.op}), attribute ${name}`),
    ),
  });
  if (node.domain !== "") proto.domain = node.domain;
  return proto;
}

function attributeToProto(name: string, attribute: Attribute, label: string): AttributeProto {
  if (attribute.kind === "opaque")
    return { ...fromBinary(AttributeProtoSchema, attribute.bytes), name };
  return create(AttributeProtoSchema, { name, ...attributeContent(attribute, label) });
}

function attributeContent(attribute: Exclude<Attribute, { kind: "opaque" }>, label: string) {
  switch (attribute.kind) {
    case "int":
      return { type: Kind.INT, i: int64(attribute.value, label) };
    case "float":
      return { type: Kind.FLOAT, f: float32(attribute.value, label) };
    case "string":
      return { type: Kind.STRING, s: utf8.encode(attribute.value) };
    case "tensor":
      return { type: Kind.TENSOR, t: wholeTensor(attribute.value) };
    case "graph":
      return { type: Kind.GRAPH, g: graphToProto(attribute.value) };
    case "ints":
      return { type: Kind.INTS, ints: attribute.value.map((x) => int64(x, label)) };
    case "floats":
      return { type: Kind.FLOATS, floats: attribute.value.map((x) => float32(x, label)) };
    case "strings":
      return { type: Kind.STRINGS, strings: attribute.value.map((x) => utf8.encode(x)) };
    case "tensors":
      return { type: Kind.TENSORS, tensors: attribute.value.map(wholeTensor) };
    case "graphs":
      return { type: Kind.GRAPHS, graphs: attribute.value.map(graphToProto) };
  }
}

const utf8 = new TextEncoder();
const INT64_MAX = 2n ** 63n - 1n;

/** ±2^63 is how the largest and smallest int64 ("to the end") are kept in memory. */
function int64(value: number, label: string): bigint {
  if (value === 2 ** 63) return INT64_MAX;
  if (value === -(2 ** 63)) return -INT64_MAX - 1n;
  if (!Number.isSafeInteger(value))
    throw new UserError(`${label}: ${value} is no integer up to 2^53`, {
      hint: "give a whole number, or a float attribute",
    });
  return BigInt(value);
}

function float32(value: number, label: string): number {
  if (Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
    throw new UserError(`${label}: ${value} is beyond the range of float32, 3.4e38`, {
      hint: "give a smaller number, or infinity",
    });
  return value;
}

function wholeTensor(tensor: Tensor): TensorProto {
  const proto = tensorToProto(tensor, "");
  if (tensor.dtype !== "string") proto.rawData = tensor.bytes;
  return proto;
}

/** Name, type, dimensions and strings; other elements are the caller's to add. */
export function tensorToProto(tensor: Tensor, name: string): TensorProto {
  const proto = create(TensorProtoSchema, {
    dims: tensor.dims.map(BigInt),
    dataType: DTYPE_NUMBERS[tensor.dtype],
    stringData: tensor.dtype === "string" ? (tensor.strings ?? []).map((s) => utf8.encode(s)) : [],
  });
  if (name !== "") proto.name = name;
  return proto;
}

function valueToProto(value: Value): ValueInfoProto {
  const proto = create(ValueInfoProtoSchema, { name: value.name });
  if (value.otherType === undefined) proto.type = typeToProto(value);
  else if (value.otherType.length > 0) proto.type = fromBinary(TypeProtoSchema, value.otherType);
  return proto;
}

function typeToProto({ dtype, shape }: ValueType): TypeProto {
  const dim = shape?.map((d) => ({
    value:
      typeof d === "number"
        ? { case: "dimValue" as const, value: BigInt(d) }
        : { case: "dimParam" as const, value: d },
  }));
  return create(TypeProtoSchema, {
    value: {
      case: "tensorType",
      value: { elemType: DTYPE_NUMBERS[dtype], ...(dim === undefined ? {} : { shape: { dim } }) },
    },
  });
}

/** Element types anywhere in a graph, for the format version that knows them all. */
export function* dtypesOf(proto: GraphProto): Generator<number> {
  for (const t of proto.initializer) yield t.dataType;
  for (const list of [proto.input, proto.output, proto.valueInfo])
    for (const { type } of list)
      if (type?.value.case === "tensorType") yield type.value.value.elemType;
  for (const node of proto.node)
    for (const a of node.attribute) {
      if (isFieldSet(a, AttributeProtoSchema.field.t)) yield a.t!.dataType;
      for (const t of a.tensors) yield t.dataType;
      if (isFieldSet(a, AttributeProtoSchema.field.g)) yield* dtypesOf(a.g!);
      for (const g of a.graphs) yield* dtypesOf(g);
    }
}
