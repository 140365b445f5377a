/** A network of the zoo in one word: `resnet50`, `mobilenet_v2:width=0.5,resolution=192`. */
import { UserError } from "../base/errors.ts";
import { suggest } from "../base/suggest.ts";
import type { Graph } from "../graph/types.ts";
import { buildNetwork, type ParameterValue, ZOO, zooNames } from "./index.ts";

/** Whether it is written as a path: it has a slash, or ends as model files do. */
export function looksLikePath(reference: string): boolean {
  return /[/\\]|\.onnx(\.gz)?$/i.test(split(reference)[0]);
}

/**
 * The network, or undefined where the zoo has none of that name.
 *
 * @throws UserError for an unknown parameter, or a value outside its range
 */
export function zooNetwork(reference: string): Graph | undefined {
  const found = zooReference(reference);
  return found === undefined ? undefined : buildNetwork(found.name, found.values);
}

/**
 * Name and parameters, as written and not yet checked; undefined where the zoo has none of that name.
 *
 * @throws UserError for a part that is not NAME=VALUE
 */
export function zooReference(
  reference: string,
): { readonly name: string; readonly values: Record<string, ParameterValue> } | undefined {
  const [name, settings] = split(reference);
  if (!zooNames.includes(name)) return undefined;
  return { name, values: parse(settings, name, reference) };
}

/** For a reference that is neither a network of the zoo nor a file that is there. */
export function unknownModel(reference: string): UserError {
  if (looksLikePath(reference))
    return new UserError(`${reference} does not exist`, {
      hint: "correct the path, or give the name of a network of the zoo",
      exitCode: 2,
    });
  const [name, settings] = split(reference);
  const meant = suggest(name, zooNames);
  return new UserError(`no file and no network of the zoo is named '${reference}'`, {
    hint:
      meant === undefined
        ? `give an .onnx file, or one of ${zooNames.join(", ")}`
        : `did you mean ${meant}${settings === "" ? "" : `:${settings}`}? Else give an .onnx file, or one of ${zooNames.join(", ")}`,
    exitCode: 2,
  });
}

function split(reference: string): readonly [name: string, settings: string] {
  const at = reference.indexOf(":");
  return at < 0 ? [reference, ""] : [reference.slice(0, at), reference.slice(at + 1)];
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
