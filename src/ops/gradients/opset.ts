/**
 * Raises a graph to the first operator set that gradients can be written in: 16 has ScatterND and
 * ScatterElements with addition. What changed its meaning between 13 and 16 is rewritten.
 */
import { UserError } from "../../base/errors.ts";
import { int, string } from "../../graph/attribute.ts";
import type { Graph, Node } from "../../graph/types.ts";

export const LEAST_OPSET = 16;
/** Before it reductions, Squeeze and others have forms that rules do not read. */
const FIRST_OPSET = 13;

/** @throws UserError below opset 13 */
export function raiseOpset(graph: Graph): Graph {
  const domain = graph.opsets.has("") ? "" : "ai.onnx";
  const opset = graph.opsets.get(domain) ?? 1;
  if (opset >= LEAST_OPSET) return graph;
  if (opset < FIRST_OPSET)
    throw new UserError(
      `graph ${graph.name} is of opset ${opset}; gradients are known from ${FIRST_OPSET} on`,
      { hint: "export the model with a newer opset", exitCode: 2 },
    );
  return {
    ...graph,
    nodes: graph.nodes.map((node) => (node.domain === "" ? raised(node, opset) : node)),
    opsets: new Map([...graph.opsets, [domain, LEAST_OPSET]]),
  };
}

function raised(node: Node, opset: number): Node {
  // Training mode showed in the number of outputs; outputs 3 and 4 were saved statistics.
  if (node.op === "BatchNormalization" && opset < 14) {
    const used = node.outputs.filter((o) => o !== "").length;
    return used < 2
      ? node
      : {
          ...node,
          outputs: node.outputs.slice(0, 3),
          attributes: { ...node.attributes, training_mode: int(1) },
        };
  }
  // The default became half_pixel.
  if (node.op === "RoiAlign" && node.attributes.coordinate_transformation_mode === undefined)
    return {
      ...node,
      attributes: {
        ...node.attributes,
        coordinate_transformation_mode: string("output_half_pixel"),
      },
    };
  return node;
}
