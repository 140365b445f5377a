/**
 * A network without its weights: all that shapes and counts are found from, small enough to be sent to a
 * worker. Constants that shape arithmetic reads stay, as copies: a view would carry its whole file along.
 */
import { elementCount } from "../../../../src/graph/tensor.ts";
import type { Attribute, Graph, Node, Tensor } from "../../../../src/graph/types.ts";
import { MAX_ELEMENTS } from "../../../../src/ops/elements.ts";

const NOTHING = new Uint8Array(0);

export function skeletonOf(graph: Graph): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map(nodeSkeleton),
    initializers: new Map([...graph.initializers].map(([name, t]) => [name, tensorSkeleton(t)])),
  };
}

function nodeSkeleton(node: Node): Node {
  const entries = Object.entries(node.attributes);
  if (entries.every(([, a]) => !HEAVY.has(a.kind))) return node;
  return {
    ...node,
    attributes: Object.fromEntries(entries.map(([name, a]) => [name, attributeSkeleton(a)])),
  };
}

const HEAVY: ReadonlySet<Attribute["kind"]> = new Set([
  "tensor",
  "tensors",
  "graph",
  "graphs",
  "opaque",
]);

function attributeSkeleton(a: Attribute): Attribute {
  switch (a.kind) {
    case "tensor":
      return { kind: "tensor", value: tensorSkeleton(a.value) };
    case "tensors":
      return { kind: "tensors", value: a.value.map(tensorSkeleton) };
    case "graph":
      return { kind: "graph", value: skeletonOf(a.value) };
    case "graphs":
      return { kind: "graphs", value: a.value.map(skeletonOf) };
    case "opaque":
      return { ...a, bytes: NOTHING };
    case "int":
    case "float":
    case "string":
    case "ints":
    case "floats":
    case "strings":
      return a;
  }
}

function tensorSkeleton(t: Tensor): Tensor {
  const { dtype, dims, external, strings } = t;
  const read = external === undefined && elementCount(dims) <= MAX_ELEMENTS;
  return {
    dtype,
    dims,
    bytes: read ? Uint8Array.from(t.bytes) : NOTHING,
    ...(external === undefined ? {} : { external }),
    ...(strings === undefined || !read ? {} : { strings }),
  };
}
