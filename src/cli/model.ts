/** A network named on the command line: a file, or a network of the zoo. */
import { existsSync } from "node:fs";
import { UserError } from "../base/errors.ts";
import type { Graph } from "../graph/types.ts";
import { openOnnx } from "../onnx/file.ts";
import { buildNetwork, type ParameterValue, ZOO, zooNames } from "../zoo/index.ts";
import { warn } from "./talk.ts";

export const MODEL_HELP =
  "an ONNX file (.onnx, .onnx.gz), or a network of the zoo: resnet50, mobilenet_v2:width=0.5, nasbench201:cell=333133";

/** @throws UserError where it is neither; warnings of the reader go to stderr */
export function openModel(reference: string): Graph {
  const [name = "", settings = ""] = split(reference);
  const isPath = /[/\\]|\.onnx(\.gz)?$/i.test(name) || existsSync(reference);
  if (!isPath && zooNames.includes(name))
    return buildNetwork(name, parse(settings, name, reference));
  if (!existsSync(reference) && !isPath)
    throw new UserError(`no file and no network of the zoo is named '${reference}'`, {
      hint: `give an .onnx file, or one of ${zooNames.join(", ")}`,
      exitCode: 2,
    });
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

function split(reference: string): string[] {
  const at = reference.indexOf(":");
  return at < 0 ? [reference] : [reference.slice(0, at), reference.slice(at + 1)];
}

/** `width=0.5,depth=20`; commas within `|…|` of a cell do not occur. */
function parse(settings: string, name: string, reference: string): Record<string, ParameterValue> {
  const values: Record<string, ParameterValue> = {};
  const numeric = new Set(
    ZOO.get(name)?.parameters.flatMap((p) =>
      p.kind === "integer" || p.kind === "real" ? [p.name] : [],
    ),
  );
  for (const part of settings.split(",").filter((p) => p !== "")) {
    const at = part.indexOf("=");
    if (at <= 0)
      throw new UserError(`${reference}: '${part}' is not NAME=VALUE`, {
        hint: "write e.g. mobilenet_v2:width=0.5,resolution=192",
        exitCode: 2,
      });
    const key = part.slice(0, at);
    const value = part.slice(at + 1);
    const number = value.trim() === "" ? Number.NaN : Number(value);
    values[key] = numeric.has(key) && Number.isFinite(number) ? number : value;
  }
  return values;
}
