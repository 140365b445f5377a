/** Graphs taken into a builder, to add nodes behind theirs. */
import { nameMaker } from "../../graph/edit.ts";
import type { Graph } from "../../graph/types.ts";
import { GradientBuilder } from "../../ops/gradients/builder.ts";

/** A builder for the graph's operator sets that avoids all of its names; it holds nothing yet. */
export function builderFor(graph: Graph): GradientBuilder {
  return new GradientBuilder(builderOptions(graph), nameMaker(graph));
}

/** Adds the graph's nodes; what they read must be there. */
export function replay(builder: GradientBuilder, graph: Graph): void {
  for (const { name, domain, op, inputs, outputs, attributes } of graph.nodes)
    builder.addMany(op, inputs, outputs.length, attributes, { name, domain, outputs });
}

function builderOptions({ name, metadata, opsets }: Graph) {
  const { "": opset, "ai.onnx": other, ...rest } = Object.fromEntries(opsets);
  const version = opset ?? other;
  return { name, metadata, opsets: rest, ...(version === undefined ? {} : { opset: version }) };
}
