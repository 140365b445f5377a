/** Cross-entropy with label smoothing, and the number of samples that a classifier gets right. */
import { int } from "../../graph/attribute.ts";
import { tensorOf } from "../../graph/tensor.ts";
import type { Formula } from "./formula.ts";
import type { LabelForm } from "./types.ts";

export interface LossInputs {
  /** float32 [batch, classes]. */
  readonly logits: string;
  /** int64 [batch] or float32 [batch, classes], as `form` says. */
  readonly labels: string;
  readonly form: LabelForm;
  readonly classes: number;
  /** Share of each label that goes to all classes alike (Szegedy et al. 2016, section 7). */
  readonly smoothing: number;
}

/** @returns name of the mean loss of the batch, float32 [] */
export function crossEntropy(v: Formula, inputs: LossInputs): string {
  const likelihood = logLikelihoods(v.scoped("loss"), inputs);
  return v.apply("Neg", [v.apply("ReduceMean", [likelihood], { keepdims: int(0) })]);
}

/** @returns name of the sum over the batch, float32 [] */
export function crossEntropySum(v: Formula, inputs: LossInputs): string {
  return v.apply("Neg", [v.sum(logLikelihoods(v.scoped("loss"), inputs))]);
}

/** sum_c q_c log softmax(logits)_c with q = (1 - s) label + s / classes, for each sample. */
function logLikelihoods(v: Formula, inputs: LossInputs): string {
  const { logits, labels, form, classes, smoothing } = inputs;
  const rest = smoothing / classes;
  let target = labels;
  if (form === "indices") {
    const depth = v.constant(tensorOf("int64", [], [classes]));
    const offOn = v.constant(tensorOf("float32", [2], [rest, 1 - smoothing + rest]));
    target = v.apply("OneHot", [labels, depth, offOn], { axis: int(-1) });
  } else if (smoothing > 0) target = v.add(v.mul(labels, 1 - smoothing), rest);
  return v.sum(v.mul(target, v.apply("LogSoftmax", [logits], { axis: int(-1) })), 1);
}

/** @returns name of the number of samples whose largest logit is at the label, int64 [] */
export function correctCount(v: Formula, inputs: LossInputs): string {
  v.scoped("correct");
  const largest = (x: string) => v.apply("ArgMax", [x], { axis: int(1), keepdims: int(0) });
  const wanted = inputs.form === "indices" ? inputs.labels : largest(inputs.labels);
  return v.sum(v.cast(v.apply("Equal", [largest(inputs.logits), wanted]), "int64"));
}
