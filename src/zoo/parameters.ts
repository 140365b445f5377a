/** What a network of the zoo can be asked for: typed parameters with ranges and defaults. */
import { UserError } from "../base/errors.ts";
import { suggest } from "../base/suggest.ts";

export type ParameterValue = number | string;

export type Parameter = {
  readonly name: string;
  readonly description: string;
} & (
  | {
      readonly kind: "integer";
      readonly min: number;
      readonly max: number;
      readonly default: number;
    }
  | { readonly kind: "real"; readonly min: number; readonly max: number; readonly default: number }
  | { readonly kind: "choice"; readonly choices: readonly string[]; readonly default: string }
  /** Free text that the network itself checks, e.g. a cell. */
  | { readonly kind: "text"; readonly example: string; readonly default: string }
);

/**
 * The values to build with: defaults where nothing is given.
 *
 * @throws UserError for an unknown parameter, a wrong type, or a value outside its range
 */
export function resolveParameters(
  network: string,
  parameters: readonly Parameter[],
  given: Readonly<Record<string, ParameterValue>>,
): Record<string, ParameterValue> {
  for (const name of Object.keys(given))
    if (!parameters.some((p) => p.name === name))
      throw new UserError(`${network}: no parameter ${name}`, {
        hint: didYouMean(
          name,
          parameters.map((p) => p.name),
        ),
        exitCode: 2,
      });
  return Object.fromEntries(
    parameters.map((p) => {
      const value = given[p.name] ?? p.default;
      const problem = violation(p, value);
      if (problem !== undefined)
        throw new UserError(`${network}: ${p.name} = ${value}, expected ${problem}`, {
          hint: `correct ${p.name}, or leave it out for ${p.default}`,
          exitCode: 2,
        });
      return [p.name, value];
    }),
  );
}

/** What is allowed, where `value` is not. */
function violation(p: Parameter, value: ParameterValue): string | undefined {
  switch (p.kind) {
    case "integer":
    case "real": {
      const fits =
        typeof value === "number" &&
        value >= p.min &&
        value <= p.max &&
        (p.kind === "real" || Number.isInteger(value));
      return fits
        ? undefined
        : `${p.kind === "integer" ? "an integer" : "a number"} in [${p.min}, ${p.max}]`;
    }
    case "choice":
      return p.choices.includes(String(value)) ? undefined : `one of ${p.choices.join(", ")}`;
    case "text":
      return typeof value === "string" ? undefined : `text such as ${p.example}`;
  }
}

/** Names the nearest candidate, or all of them. */
export function didYouMean(typed: string, candidates: readonly string[]): string {
  const near = suggest(typed, candidates);
  return near === undefined ? `choose from ${candidates.join(", ")}` : `did you mean ${near}?`;
}
