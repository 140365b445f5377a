/** AttributeProto to attributes. */
import { isFieldSet, toBinary } from "@bufbuild/protobuf";
import { UserError } from "../base/errors.ts";
import type { Attribute, Graph } from "../graph/types.ts";
import type { ReadContext } from "./context.ts";
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  AttributeProto_AttributeType as Kind,
  TensorProtoSchema,
} from "./generated/onnx_pb.ts";
import { readTensor } from "./read-tensor.ts";

const FIELD = AttributeProtoSchema.field;
const INT64_MAX = 2n ** 63n - 1n;

/** Which field carries a kind, to find the kind of attributes that do not say it (IR version 1). */
const CARRIERS = [
  [Kind.FLOAT, FIELD.f],
  [Kind.INT, FIELD.i],
  [Kind.STRING, FIELD.s],
  [Kind.TENSOR, FIELD.t],
  [Kind.GRAPH, FIELD.g],
  [Kind.SPARSE_TENSOR, FIELD.sparseTensor],
  [Kind.TYPE_PROTO, FIELD.tp],
  [Kind.FLOATS, FIELD.floats],
  [Kind.INTS, FIELD.ints],
  [Kind.STRINGS, FIELD.strings],
  [Kind.TENSORS, FIELD.tensors],
  [Kind.GRAPHS, FIELD.graphs],
  [Kind.SPARSE_TENSORS, FIELD.sparseTensors],
  [Kind.TYPE_PROTOS, FIELD.typeProtos],
] as const;

/**
 * @param owner the node, for messages
 * @param readGraph how to read a subgraph, in the scope of the node
 */
export function readAttribute(
  proto: AttributeProto,
  context: ReadContext,
  owner: string,
  readGraph: (proto: GraphProto) => Graph,
): Attribute {
  const label = `${owner}, attribute ${proto.name}`;
  const what = `${context.name}: ${label}`;
  const kind = kindOf(proto, what);
  switch (kind) {
    case Kind.FLOAT:
      return { kind: "float", value: proto.f };
    case Kind.INT:
      return { kind: "int", value: readInt(proto.i, context, label) };
    case Kind.STRING: {
      const text = readText(proto.s);
      return text === undefined ? opaque(proto, kind) : { kind: "string", value: text };
    }
    case Kind.TENSOR:
      if (proto.t === undefined) throw absent(what, "tensor");
      return { kind: "tensor", value: readTensor(proto.t, context, label) };
    case Kind.GRAPH:
      if (proto.g === undefined) throw absent(what, "graph");
      return { kind: "graph", value: readGraph(proto.g) };
    case Kind.FLOATS:
      return { kind: "floats", value: proto.floats };
    case Kind.INTS:
      return { kind: "ints", value: proto.ints.map((i) => readInt(i, context, label)) };
    case Kind.STRINGS: {
      const texts = proto.strings.map(readText);
      if (!texts.every((t) => t !== undefined)) return opaque(proto, kind);
      return { kind: "strings", value: texts };
    }
    case Kind.TENSORS:
      return {
        kind: "tensors",
        value: proto.tensors.map((t, i) => readTensor(t, context, `${label}[${i}]`)),
      };
    case Kind.GRAPHS:
      return { kind: "graphs", value: proto.graphs.map(readGraph) };
    case Kind.SPARSE_TENSOR:
    case Kind.SPARSE_TENSORS:
    case Kind.TYPE_PROTO:
    case Kind.TYPE_PROTOS:
      restorePayloads(proto, context, label);
      return opaque(proto, kind);
    case Kind.UNDEFINED:
      throw new UserError(`${what} has no value of a kind that is known`, {
        hint: "the file is damaged or newer than this version of Tidemark",
      });
  }
}

function kindOf(proto: AttributeProto, what: string): Kind {
  const carried = CARRIERS.filter(([, field]) => isFieldSet(proto, field)).map(([kind]) => kind);
  const said = isFieldSet(proto, FIELD.type) ? proto.type : Kind.UNDEFINED;
  if (said === Kind.UNDEFINED) return carried[0] ?? Kind.UNDEFINED;
  // Nothing carried is a zero or an empty list, which some writers leave out.
  const other = carried.find((kind) => kind !== said);
  if (other !== undefined && !carried.includes(said))
    throw new UserError(`${what} is said to be ${Kind[said]} but holds ${Kind[other]}`, {
      hint: "the file is damaged: export the model again",
    });
  return said;
}

function absent(what: string, kind: string): UserError {
  return new UserError(`${what} is said to hold a ${kind} but has none`, {
    hint: "the file is damaged: export the model again",
  });
}

function readInt(value: bigint, context: ReadContext, label: string): number {
  const nearest = Number(value);
  const toTheEnd = value === INT64_MAX || value === -INT64_MAX - 1n;
  if (!Number.isSafeInteger(nearest) && !toTheEnd)
    throw new UserError(`${context.name}: ${label} is ${value}, beyond 2^53`, {
      hint: "no dimension or count is that large: the file is damaged",
    });
  return nearest;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undefined where the bytes are no text: some operators keep compiled code in a string. */
function readText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function opaque(proto: AttributeProto, kind: Kind): Attribute {
  return { kind: "opaque", type: Kind[kind], bytes: toBinary(AttributeProtoSchema, proto) };
}

/** Puts the data back into sparse tensors, so that their bytes stand on their own. */
function restorePayloads(proto: AttributeProto, context: ReadContext, label: string): void {
  const sparse = proto.sparseTensor ? [proto.sparseTensor] : proto.sparseTensors;
  for (const { values, indices } of sparse)
    for (const part of [values, indices]) {
      if (part === undefined || !isFieldSet(part, TensorProtoSchema.field.rawData)) continue;
      part.rawData = readTensor(part, context, label).bytes;
    }
}
