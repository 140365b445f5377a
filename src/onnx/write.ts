/** Writes models. Weights pass through one at a time, uncopied; `file.ts` sends them to disk. */
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { UserError } from "../base/errors.ts";
import { checkGraph } from "../graph/check.ts";
import { byteLength, elementCount } from "../graph/tensor.ts";
import type { Graph, Tensor } from "../graph/types.ts";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataType as T,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from "./generated/onnx_pb.ts";
import { dtypesOf, structureToProto, tensorToProto } from "./write-graph.ts";

/** A protobuf message must stay below it. */
export const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** Where a tensor goes outside of the model; undefined: inside. */
export type Placement = (
  name: string,
  tensor: Tensor,
) => { readonly location: string; readonly offset: number; readonly length: number } | undefined;

export interface EncodedModel {
  readonly size: number;
  /** The model's bytes in order; a tensor stands for its own. */
  readonly parts: readonly (Uint8Array | Tensor)[];
}

/**
 * The graph as a serialized ONNX model, in the operator set that it imports.
 *
 * @throws UserError for an invalid graph, and for one of 2 GB or more
 */
export function writeOnnx(graph: Graph): Uint8Array {
  const { size, parts } = encodeModel(graph);
  if (size > MAX_MODEL_BYTES)
    throw new UserError(
      `${graph.name}: the model takes ${size} bytes, ONNX allows ${MAX_MODEL_BYTES}`,
      {
        hint: "save it to a file with external data",
      },
    );
  return joined(size, parts);
}

/** The parts of a model as one message of `size` bytes. */
export function joined(size: number, parts: readonly (Uint8Array | Tensor)[]): Uint8Array {
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    const bytes = bytesOf(part);
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}

/** The bytes of a part; for a tensor, of the length that was reserved for it. */
export function bytesOf(part: Uint8Array | Tensor): Uint8Array {
  if (part instanceof Uint8Array) return part;
  const { bytes } = part;
  const size = byteLength(part.dtype, elementCount(part.dims));
  if (bytes.length !== size)
    throw new UserError(
      `a tensor of ${part.dtype} [${part.dims.join(", ")}] takes ${size} bytes, but ${bytes.length} are given`,
    );
  return bytes;
}

export function encodeModel(graph: Graph, place?: Placement): EncodedModel {
  checkGraph(graph);
  const structure = structureToProto(graph);
  const parts: (Uint8Array | Tensor)[] = [toBinary(GraphProtoSchema, structure)];
  const types = new Set(dtypesOf(structure));
  for (const [name, tensor] of graph.initializers) {
    const proto = tensorToProto(tensor, name);
    types.add(proto.dataType);
    parts.push(...encodeInitializer(proto, tensor, place?.(name, tensor)));
  }
  const graphSize = sizeOf(parts);
  const head = new BinaryWriter();
  head.raw(toBinary(ModelProtoSchema, header(graph, types)));
  head.tag(ModelProtoSchema.field.graph.number, WireType.LengthDelimited);
  appendLength(head, graphSize);
  const first = head.finish();
  return { size: first.length + graphSize, parts: [first, ...parts] };
}

function encodeInitializer(
  proto: TensorProto,
  tensor: Tensor,
  place: ReturnType<Placement>,
): (Uint8Array | Tensor)[] {
  const inside = place === undefined && tensor.dtype !== "string";
  if (place !== undefined) {
    proto.dataLocation = TensorProto_DataLocation.EXTERNAL;
    for (const key of ["location", "offset", "length"] as const)
      proto.externalData.push({
        $typeName: "onnx.StringStringEntryProto",
        key,
        value: String(place[key]),
      });
  }
  const fields = toBinary(TensorProtoSchema, proto);
  const size = inside ? byteLength(tensor.dtype, elementCount(tensor.dims)) : 0;
  const data = new BinaryWriter();
  if (inside) {
    data.tag(TensorProtoSchema.field.rawData.number, WireType.LengthDelimited);
    appendLength(data, size);
  }
  const dataHead = data.finish();
  const head = new BinaryWriter();
  head.tag(GraphProtoSchema.field.initializer.number, WireType.LengthDelimited);
  appendLength(head, fields.length + dataHead.length + size);
  return [head.raw(fields).raw(dataHead).finish(), ...(inside && size > 0 ? [tensor] : [])];
}

/** Beyond 2^32 too: such a model is rejected later, with its size. */
function appendLength(writer: BinaryWriter, length: number): void {
  writer.uint64(BigInt(length));
}

function sizeOf(parts: readonly (Uint8Array | Tensor)[]): number {
  let size = 0;
  for (const part of parts)
    size +=
      part instanceof Uint8Array ? part.length : byteLength(part.dtype, elementCount(part.dims));
  return size;
}

function header(graph: Graph, types: ReadonlySet<number>) {
  return create(ModelProtoSchema, {
    irVersion: BigInt(irVersion(graph.opsets.get("") ?? 1, types)),
    producerName: "tidemark",
    opsetImport: Array.from(graph.opsets, ([domain, version]) => ({
      domain,
      version: BigInt(version),
    })),
    metadataProps: Object.entries(graph.metadata).map(([key, value]) => ({ key, value })),
  });
}

/** Operator set and the format version that was current with it (onnx/helper.py, VERSION_TABLE). */
const IR_BY_OPSET = [
  [28, 14],
  [25, 13],
  [24, 12],
  [23, 11],
  [21, 10],
  [19, 9],
  [15, 8],
  [12, 7],
] as const;

/** Element types and the format version that brought them (onnx.proto, enum Version). */
const IR_BY_TYPE: ReadonlyMap<number, number> = new Map([
  [T.FLOAT8E4M3FN, 9],
  [T.FLOAT8E4M3FNUZ, 9],
  [T.FLOAT8E5M2, 9],
  [T.FLOAT8E5M2FNUZ, 9],
  [T.UINT4, 10],
  [T.INT4, 10],
  [T.FLOAT4E2M1, 11],
  [T.FLOAT8E8M0, 12],
  [T.UINT2, 13],
  [T.INT2, 13],
  [T.FLOAT6E2M3, 14],
  [T.FLOAT6E3M2, 14],
]);

/** The oldest format version that holds the graph: runtimes refuse those newer than themselves. */
function irVersion(opset: number, types: ReadonlySet<number>): number {
  // 6: initializers need not be inputs, sparse tensors.
  let version: number = IR_BY_OPSET.find(([oldest]) => opset >= oldest)?.[1] ?? 6;
  for (const type of types) version = Math.max(version, IR_BY_TYPE.get(type) ?? 0);
  return version;
}
