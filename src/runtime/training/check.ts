/** Checks of settings that a person gives. */
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";

/** @throws UserError where `value` is not above 0 and finite */
export function positive(what: string, value: number): void {
  if (!(value > 0 && value < Infinity)) throw outside(what, value, "a number above 0");
}

/** @throws UserError where `value` is below 0 or not finite */
export function nonNegative(what: string, value: number): void {
  if (!(value >= 0 && value < Infinity)) throw outside(what, value, "a number from 0");
}

/** @throws UserError where `value` is outside [0, 1) */
export function share(what: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw outside(what, value, "a number from 0 to below 1");
}

/** @throws UserError where `value` is no whole number from 1 */
export function count(what: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 1))
    throw outside(what, value, "a whole number from 1");
}

/** The entry of a table. @throws UserError where it has none of that name */
export function chosen<T>(what: string, table: Readonly<Record<string, T>>, name: string): T {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry !== undefined) return entry;
  const names = Object.keys(table);
  const meant = suggest(name, names);
  throw new UserError(`no ${what} is named ${name}`, {
    hint: meant === undefined ? `choose from ${names.join(", ")}` : `did you mean ${meant}?`,
    exitCode: 2,
  });
}

function outside(what: string, value: number, expected: string): UserError {
  return new UserError(`${what} = ${value}, expected ${expected}`, {
    hint: `choose ${expected}`,
    exitCode: 2,
  });
}
