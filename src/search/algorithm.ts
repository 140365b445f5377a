/** What an algorithm is to the registry: its name, its options as plain data, and how to make one. */
import { UserError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Algorithm, Space } from "./types.ts";

export interface OptionDescription {
  readonly type: "integer" | "number";
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly summary: string;
}

export interface Settings {
  readonly seed: number;
  /** Every option of the definition, checked. */
  readonly options: Readonly<Record<string, number>>;
  /** What `state()` gave, to continue from there. */
  readonly state: Json | undefined;
  /** Indices of the objectives that are known before the others. Absent: all are. */
  readonly cheap?: readonly number[];
}

export interface AlgorithmDefinition {
  readonly name: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionDescription>>;
  create(space: Space, settings: Settings): Algorithm;
}

/** The given options and the defaults of the others; throws `UserError` naming what is allowed. */
export function readOptions(
  definition: AlgorithmDefinition,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, number>> {
  const wrong = (message: string, hint: string) =>
    new UserError(`${definition.name}: ${message}`, { hint, exitCode: 2 });
  const known = Object.keys(definition.options);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const hint = known.length === 0 ? "it has no options" : `its options are ${known.join(", ")}`;
    throw wrong(`unknown option "${unknown}" = ${JSON.stringify(given[unknown])}`, hint);
  }
  const options: Record<string, number> = {};
  for (const [name, { type, min, max, default: standard }] of Object.entries(definition.options)) {
    const value = given[name] ?? standard;
    const ok =
      typeof value === "number" &&
      value >= min &&
      value <= max &&
      (type === "number" || Number.isSafeInteger(value));
    if (!ok) {
      const what = type === "integer" ? "an integer" : "a number";
      throw wrong(
        `${name} = ${JSON.stringify(value)} is not allowed`,
        `use ${what} in ${min}..${max}`,
      );
    }
    options[name] = value;
  }
  return options;
}
