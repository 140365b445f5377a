/** What makes a network a classifier: one image input, a row of logits for each sample. */
import { UserError } from "../../base/errors.ts";
import { isStatic } from "../../graph/dim.ts";
import { indexGraph } from "../../graph/edit.ts";
import type { Dim, Graph, ValueType } from "../../graph/types.ts";

export function soleInput(network: Graph) {
  const [input, ...others] = network.inputs;
  if (input === undefined || others.length > 0 || input.dtype !== "float32")
    throw new UserError(
      `${network.name}: inputs ${network.inputs.map((v) => `${v.name} (${v.dtype})`).join(", ") || "none"}, expected one of float32`,
      { hint: "only networks of one float input can be trained", exitCode: 2 },
    );
  const { shape } = input;
  if (shape === undefined || shape.length === 0 || !isStatic(shape.slice(1)))
    throw new UserError(
      `${network.name}: input ${input.name} is [${shape?.join(", ") ?? "?"}], expected numbers but for the batch`,
      { hint: "fix the input's size, e.g. when the model is exported", exitCode: 2 },
    );
  return { ...input, shape };
}

/** The first output, or what a final softmax makes it from: the loss has a softmax of its own. */
export function logitsOf(network: Graph): string {
  const output = network.outputs[0]!.name;
  const last = indexGraph(network).producer(output);
  const isSoftmax = last?.domain === "" && (last.op === "Softmax" || last.op === "LogSoftmax");
  return isSoftmax ? last.inputs[0]! : output;
}

/** @throws UserError where the output is not float32 [batch, classes] */
export function classCount(
  network: Graph,
  type: ValueType | undefined,
  logits: string,
  batch: Dim,
): number {
  const [samples, classes] = type?.shape ?? [];
  if (
    type?.dtype !== "float32" ||
    type.shape?.length !== 2 ||
    samples !== batch ||
    typeof classes !== "number"
  )
    throw new UserError(
      `${network.name}: output ${logits} is ${type?.dtype ?? "unknown"} [${type?.shape?.join(", ") ?? "?"}], expected float32 [${batch}, classes]`,
      { hint: "only classifiers with one row of logits a sample can be trained", exitCode: 2 },
    );
  return classes;
}
