/** Outputs that a node may leave out and its rule reads. */
import type { GradientContext } from "./types.ts";

/**
 * Emits the node with output `i`, which it may leave out.
 *
 * @returns the output's name
 */
export function withOutput(ctx: GradientContext, i: number, name: string): string {
  const { node, builder } = ctx;
  const outputs = [...node.outputs];
  while (outputs.length <= i) outputs.push("");
  if (outputs[i] === "") outputs[i] = builder.fresh(`${node.name}/${name}`);
  builder.addMany(node.op, node.inputs, outputs.length, node.attributes, {
    name: node.name,
    domain: node.domain,
    outputs,
  });
  return outputs[i]!;
}
