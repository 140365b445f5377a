/** A network named on the command line: a file, or a network of the zoo. */
import { existsSync } from "node:fs";
import { UserError } from "../base/errors.ts";
import type { Graph } from "../graph/types.ts";
import { openOnnx } from "../onnx/file.ts";
import { looksLikePath, unknownModel, zooNetwork } from "../zoo/reference.ts";
import { warn } from "./talk.ts";

export const MODEL_HELP =
  "an ONNX file (.onnx, .onnx.gz), or a network of the zoo: resnet50, mobilenet_v2:width=0.5, mlp:depth=3";

/** @throws UserError where it is neither; warnings of the reader go to stderr */
export function openModel(reference: string): Graph {
  const isPath = looksLikePath(reference) || existsSync(reference);
  const network = isPath ? undefined : zooNetwork(reference);
  if (network !== undefined) return network;
  if (!isPath) throw unknownModel(reference);
  const { graph, warnings } = openOnnx(reference);
  for (const text of warnings) warn(text);
  return graph;
}

/** Runs what is done with a model; what is wrong with it is said with the model's name. */
export function aboutModel<T>(reference: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode === 2) throw error;
    throw new UserError(`${reference}: ${error.message}`, {
      ...(error.hint !== undefined && { hint: error.hint }),
      exitCode: error.exitCode,
      cause: error,
    });
  }
}
