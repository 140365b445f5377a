/** A reference to a network of the zoo, changed. */
import type { Parameter, ParameterValue } from "../../../src/zoo/index.ts";

/** The reference with one parameter changed; an empty field is its default. */
export function withValue(
  {
    name,
    values,
  }: { readonly name: string; readonly values: Readonly<Record<string, ParameterValue>> },
  parameter: Parameter,
  text: string,
): string {
  const { [parameter.name]: _, ...others } = values;
  const next =
    text.trim() === "" || text === String(parameter.default)
      ? others
      : { ...others, [parameter.name]: text };
  const settings = Object.entries(next)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  return `zoo:${name}${settings === "" ? "" : `:${settings}`}`;
}
