/** Outputs that a node may leave out and its rule reads. */
import type { GradientContext } from "./types.ts";

/**
 * Emits the node with every output that `names` has a name for; those that the node leaves out are
 * called so. The first output is always there.
 *
 * @returns names of the outputs
 */
export function withOutputs(ctx: GradientContext, names: readonly string[]): readonly string[] {
  const { node, builder } = ctx;
  const count = Math.max(names.length, node.outputs.length);
  const outputs = Array.from({ length: count }, (_, i) => {
    const own = node.outputs[i] ?? "";
    const wanted = names[i] ?? "";
    return own !== "" || wanted === "" ? own : builder.fresh(`${node.name}/${wanted}`);
  });
  return builder.addMany(node.op, node.inputs, count, node.attributes, {
    name: node.name,
    domain: node.domain,
    outputs,
  });
}
