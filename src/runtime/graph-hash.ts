/** What a graph computes, as a number: structure and weights, not its name or metadata. */
import { createHash } from "node:crypto";
import type { Graph, Tensor } from "../graph/types.ts";
import { bytesOf, encodeModel } from "../onnx/write.ts";

/** Graphs and tensors are immutable: each is hashed once, and tensors that graphs share once for all. */
const graphs = new WeakMap<Graph, string>();
const tensors = new WeakMap<Tensor, string>();

/**
 * SHA-256 as hexadecimal digits. Two graphs of one hash run on one session: inputs, outputs, nodes
 * and values have the same names, and every weight the same bits.
 */
export function graphHash(graph: Graph): string {
  let hash = graphs.get(graph);
  if (hash !== undefined) return hash;
  // The writer stands a tensor's hash where the place of its bytes would stand.
  const { parts } = encodeModel({ ...graph, name: "", metadata: {} }, (_, tensor) =>
    tensor.dtype === "string"
      ? undefined
      : { location: tensorHash(tensor), offset: 0, length: bytesOf(tensor).length },
  );
  const sum = createHash("sha256");
  for (const part of parts) sum.update(bytesOf(part));
  hash = sum.digest("hex");
  graphs.set(graph, hash);
  return hash;
}

function tensorHash(tensor: Tensor): string {
  let hash = tensors.get(tensor);
  if (hash === undefined) {
    hash = createHash("sha256").update(bytesOf(tensor)).digest("hex");
    tensors.set(tensor, hash);
  }
  return hash;
}
