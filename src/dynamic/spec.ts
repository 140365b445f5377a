/** How a mechanism and its options are written: `multires:share=0.1,depth=2`. */
import { UserError } from "../base/errors.ts";
import { suggest } from "../base/suggest.ts";
import {
  MECHANISMS,
  type Mechanism,
  type MechanismOption,
  type OptionValues,
} from "./mechanisms/index.ts";

export interface MechanismChoice {
  readonly mechanism: Mechanism;
  readonly values: OptionValues;
}

/** @throws UserError for an unknown name or option, or a value that does not fit, naming both */
export function parseMechanism(text: string): MechanismChoice {
  const colon = text.indexOf(":");
  const name = (colon < 0 ? text : text.slice(0, colon)).trim();
  const mechanism = MECHANISMS.find((each) => each.name === name);
  if (mechanism === undefined) {
    const names = MECHANISMS.map((each) => each.name);
    const meant = suggest(name, names);
    throw wrong(
      `no mechanism named '${name}'`,
      meant === undefined ? `choose from ${names.join(", ")}` : `did you mean ${meant}?`,
    );
  }
  const given = new Map<string, string>();
  const rest = colon < 0 ? "" : text.slice(colon + 1);
  for (const part of rest.split(",").filter((each) => each.trim() !== "")) {
    const [key = "", value] = part.split("=").map((each) => each.trim());
    if (value === undefined || value === "")
      throw wrong(
        `${name}: '${part}' is no option`,
        `write option=value, e.g. ${example(mechanism)}`,
      );
    if (given.has(key)) throw wrong(`${name}: ${key} is given twice`, "give it once");
    given.set(key, value);
  }
  for (const key of given.keys())
    if (!Object.hasOwn(mechanism.options, key)) {
      const names = Object.keys(mechanism.options);
      const meant = suggest(key, names);
      throw wrong(
        `${name} has no option ${key}`,
        meant === undefined ? `choose from ${names.join(", ")}` : `did you mean ${meant}?`,
      );
    }
  const values = Object.fromEntries(
    Object.entries(mechanism.options).map(([key, option]) => [
      key,
      optionValue(`${name}: ${key}`, option, given.get(key)),
    ]),
  );
  return { mechanism, values };
}

function optionValue(what: string, option: MechanismOption, text: string | undefined) {
  if (text === undefined) return option.byDefault;
  if (option.kind === "stages") {
    if (text === "all") return text;
    const stages = text.split("+").map(Number);
    if (stages.every((n) => Number.isSafeInteger(n) && n >= 1)) return stages;
    throw wrong(`${what} '${text}' names no stages`, "write numbers from 1, e.g. 1+2, or all");
  }
  if (option.kind === "numbers" && text.includes("+"))
    return text.split("+").map((each) => numberWithin(what, option, each));
  return numberWithin(what, option, text);
}

function numberWithin(what: string, option: MechanismOption, text: string): number {
  const number = Number(text);
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, whole = false } = option;
  if (
    text.trim() === "" ||
    !Number.isFinite(number) ||
    number < min ||
    number > max ||
    (whole && !Number.isInteger(number))
  )
    throw wrong(
      `${what} = '${text}' is no ${whole ? "whole number" : "number"}${Number.isFinite(min) ? ` from ${min}` : ""}${Number.isFinite(max) ? ` to ${max}` : ""}`,
      `the default is ${option.byDefault}`,
    );
  return number;
}

function example({ name, options }: Mechanism): string {
  const [first] = Object.entries(options);
  return `${name}:${first![0]}=${first![1].byDefault}`;
}

function wrong(message: string, hint: string): UserError {
  return new UserError(message, { hint, exitCode: 2 });
}
