/** Loss and hits of a network in inference form, for batches of any size. */
import type { Graph } from "../../graph/types.ts";
import { inferGraph } from "../../ops/inference.ts";
import { classCount, logitsOf, soleInput } from "./classifier.ts";
import { Formula } from "./formula.ts";
import { LABELS } from "./layout.ts";
import { correctCount, crossEntropySum } from "./loss.ts";
import { builderFor, replay } from "./replay.ts";

export const EVALUATION_OUTPUTS = {
  /** Sum over the samples of the cross-entropy, float32 []. */
  lossSum: "loss_sum",
  /** Samples whose largest logit is at the label, int64 []. */
  correct: "correct",
} as const;

/** The same of a further classifier. */
export const correctOf = (exit: string) => `${EVALUATION_OUTPUTS.correct}/${exit}`;

/**
 * The network, e.g. from `trainedGraph`, with loss and hits in place of its outputs. Inputs: the
 * network's own and `labels`, int64 [batch]. Its weights stay constants, which ONNX Runtime runs
 * faster than weights that are fed.
 *
 * @param exits further classifiers whose hits are counted: their logits, by what they are called
 * @throws UserError for a network that is no classifier of one image input
 */
export function evaluationGraph(
  network: Graph,
  exits: Readonly<Record<string, string>> = {},
): Graph {
  const { shape } = soleInput(network);
  const batch = shape[0]!;
  const logits = logitsOf(network);
  const classes = classCount(network, inferGraph(network, {}).types.get(logits), logits, batch);
  const builder = builderFor(network);
  const v = new Formula(builder);
  for (const input of network.inputs) builder.input(input.name, input.shape, input.dtype);
  const labels = builder.input(LABELS, [batch], "int64");
  for (const [name, tensor] of network.initializers) builder.initializer(name, tensor);
  replay(builder, network);
  const inputs = { logits, labels, form: "indices", classes, smoothing: 0 } as const;
  const { lossSum, correct } = EVALUATION_OUTPUTS;
  for (const [exit, own] of Object.entries(exits)) {
    const hits = correctCount(v, { ...inputs, logits: own });
    builder.add("Identity", [hits], {}, { outputs: [correctOf(exit)] });
  }
  builder.add("Identity", [crossEntropySum(v, inputs)], {}, { outputs: [lossSum] });
  builder.add("Identity", [correctCount(v, inputs)], {}, { outputs: [correct] });
  builder.output(lossSum, []);
  builder.output(correct, [], "int64");
  for (const exit of Object.keys(exits)) builder.output(correctOf(exit), [], "int64");
  return builder.build();
}
