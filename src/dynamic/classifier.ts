/** What is asked of a network that is to become dynamic: one image in, one row of logits out. */
import { UserError } from "../base/errors.ts";
import { withLiftedConstants } from "../graph/morph/lifted.ts";
import type { Graph } from "../graph/types.ts";
import { inferGraph } from "../ops/inference.ts";
import { classCount, logitsOf, soleInput } from "../runtime/training/classifier.ts";

/** @throws UserError where the network is no classifier of one image */
export function classesOf(graph: Graph): number {
  const input = soleInput(graph);
  const logits = logitsOf(graph);
  return classCount(graph, inferGraph(graph, {}).types.get(logits), logits, input.shape[0]!);
}

/**
 * The network with its logits as only output, its batch free and named `batch`.
 *
 * @throws UserError where it is no classifier of one image
 */
export function classifier(graph: Graph): Graph {
  const input = soleInput(graph);
  const [, ...sample] = input.shape;
  if (sample.length !== 3)
    throw new UserError(
      `${graph.name}: its input ${input.name} is [${input.shape.join(", ")}], expected [batch, channels, height, width]`,
      { hint: "only networks that take images can become dynamic", exitCode: 2 },
    );
  const logits = logitsOf(graph);
  const free: Graph = {
    ...graph,
    inputs: [{ ...input, shape: ["batch", ...sample] }],
    outputs: [{ name: logits, dtype: "float32", shape: undefined }],
    declared: new Map(),
  };
  classesOf(free);
  // Exporters write the bounds of a Clip as nodes; regions take bounds that are constants.
  return withLiftedConstants(free);
}
