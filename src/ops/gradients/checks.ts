/** What a request to differentiate must satisfy, told before any node is made. */
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import type { DType, ValueType } from "../../graph/types.ts";
import { shapeText } from "../context.ts";
import { isFloat } from "../elements.ts";
import type { GradientPath } from "./path.ts";
import { gradientOf } from "./table.ts";

type Types = ReadonlyMap<string, ValueType>;

export function checkLoss(loss: string, types: Types): void {
  const type = types.get(loss);
  if (type === undefined) throw unknown("loss", loss, types);
  if (!isDifferentiable(type.dtype))
    throw new UserError(`loss ${loss} is of ${type.dtype}, expected a floating-point type`);
  if (type.shape?.every((d) => d === 1) !== true)
    throw new UserError(`loss ${loss} is ${shapeText(type.shape)}, expected one element`, {
      hint: "reduce it to a scalar, e.g. by ReduceMean",
    });
}

export function checkParameters(parameters: readonly string[], types: Types): void {
  if (parameters.length === 0)
    throw new UserError("no parameters are given to differentiate by", {
      hint: "name initializers, graph inputs or values of the graph",
    });
  for (const parameter of parameters) {
    const type = types.get(parameter);
    if (type === undefined) throw unknown("parameter", parameter, types);
    if (!isDifferentiable(type.dtype))
      throw new UserError(
        `parameter ${parameter} is of ${type.dtype}, expected a floating-point type`,
      );
  }
}

export function checkStops(stop: readonly string[], types: Types): void {
  for (const name of stop) if (!types.has(name)) throw unknown("stop", name, types);
}

function isDifferentiable(dtype: DType): boolean {
  return isFloat(dtype) && !dtype.startsWith("complex");
}

function unknown(what: string, name: string, types: Types): UserError {
  const meant = suggest(name, types.keys());
  return new UserError(`${what} ${name} is no value of the graph`, {
    hint: meant === undefined ? "name a value of the graph" : `did you mean ${meant}?`,
  });
}

/**
 * @throws UserError where the loss depends on no parameter, and one that names every operator
 *   without a rule and its nodes
 */
export function checkPath(path: GradientPath, loss: string, parameters: readonly string[]): void {
  if (!parameters.some((p) => path.values.has(p)))
    throw new UserError(
      `loss ${loss} depends on none of the ${parameters.length} parameters: ${some(parameters)}`,
      {
        hint: "check the names, and that no integer, constant or stopped value cuts the way",
        exitCode: 2,
      },
    );
  const missing = new Map<string, string[]>();
  for (const node of path.nodes) {
    if (gradientOf(node) !== undefined) continue;
    const op = node.domain === "" ? node.op : `${node.domain}.${node.op}`;
    missing.set(op, [...(missing.get(op) ?? []), node.name]);
  }
  if (missing.size === 0) return;
  const text = [...missing].map(([op, nodes]) => `${op} (${some(nodes)})`).join(", ");
  throw new UserError(
    `no gradient is known for ${missing.size} ${missing.size === 1 ? "operator" : "operators"} between parameters and loss: ${text}`,
    { hint: "replace these nodes, or leave out the parameters before them", exitCode: 2 },
  );
}

/** The first few names, and how many more there are. */
function some(names: readonly string[]): string {
  const most = 8;
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}
