/** A graph as ONNX Runtime takes it: the structure's bytes, and large weights beside it, uncopied. */
import type { Graph } from "../graph/types.ts";
import { bytesOf, encodeModel, joined } from "../onnx/write.ts";

/** In the form of ONNX Runtime's session option `externalData`. */
export interface ExternalWeights {
  /** Stands for a file's name; no file is read. */
  readonly path: string;
  readonly data: Uint8Array;
}

export interface SerializedGraph {
  readonly model: Uint8Array;
  readonly weights: readonly ExternalWeights[];
}

/** Smaller tensors stay inside, where shape inference at load sees them. */
const EXTERNAL_MIN_BYTES = 4096;

/**
 * Models of 2 GB and more pass as well, since only the structure is one protobuf message.
 *
 * @throws UserError for an invalid graph
 */
export function serializeGraph(graph: Graph): SerializedGraph {
  const weights: ExternalWeights[] = [];
  const { size, parts } = encodeModel(graph, (_, tensor) => {
    if (tensor.dtype === "string") return undefined;
    // Asked for once: bytes of a tensor in a file are read anew each time.
    const data = bytesOf(tensor);
    if (data.length < EXTERNAL_MIN_BYTES) return undefined;
    const path = `weights/${weights.length}`;
    weights.push({ path, data });
    return { location: path, offset: 0, length: data.length };
  });
  return { model: joined(size, parts), weights };
}
