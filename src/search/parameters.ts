/** Typed parameters: plain data, as written in a study file. */
import { UserError } from "../base/errors.ts";

export type ParameterValue = number | string | boolean;

/**
 * The parameter is active only where every named parameter, declared before it, is active and has
 * one of the values: `{ optimizer: ["sgd", "adam"] }`.
 */
export type Condition = Readonly<Record<string, readonly ParameterValue[]>>;

/** One of `values`. `ordered`: neighbours in the list are neighbours in effect. */
export interface CategoricalParameter {
  readonly type: "categorical";
  readonly values: readonly ParameterValue[];
  readonly ordered?: boolean;
  readonly when?: Condition;
}

/** `low, low + step, …, high`, both ends included. `log`: relative steps count, `low` >= 1. */
export interface IntegerParameter {
  readonly type: "integer";
  readonly low: number;
  readonly high: number;
  readonly step?: number;
  readonly log?: boolean;
  readonly when?: Condition;
}

/** Any number in [low, high]. `log`: uniform in the logarithm, `low` > 0. */
export interface RealParameter {
  readonly type: "real";
  readonly low: number;
  readonly high: number;
  readonly log?: boolean;
  readonly when?: Condition;
}

export interface BooleanParameter {
  readonly type: "boolean";
  readonly when?: Condition;
}

export type Parameter = CategoricalParameter | IntegerParameter | RealParameter | BooleanParameter;

/** Parameters by name, in the order of declaration. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** Throws `UserError` where the definition contradicts itself. */
export function checkParameters(parameters: Parameters): void {
  const declared = new Map<string, Parameter>();
  for (const [name, parameter] of Object.entries(parameters)) {
    if (name === "" || name === "__proto__") {
      throw wrong(`a parameter cannot be called "${name}"`, "give it another name");
    }
    checkDomain(name, parameter);
    checkCondition(name, parameter.when, declared);
    declared.set(name, parameter);
  }
}

/** What a value may be, in words: `an integer in 8..64 in steps of 8`. */
export function allowed(parameter: Parameter): string {
  switch (parameter.type) {
    case "categorical":
      return `one of ${parameter.values.map((v) => JSON.stringify(v)).join(", ")}`;
    case "integer": {
      const step = parameter.step ?? 1;
      const steps = step === 1 ? "" : ` in steps of ${step}`;
      return `an integer in ${parameter.low}..${parameter.high}${steps}`;
    }
    case "real":
      return `a number in ${parameter.low}..${parameter.high}`;
    case "boolean":
      return "true or false";
  }
}

/** Whether `value` is one that the parameter can take. */
export function isAllowed(parameter: Parameter, value: unknown): boolean {
  switch (parameter.type) {
    case "categorical":
      return (parameter.values as readonly unknown[]).includes(value);
    case "integer":
      return (
        Number.isSafeInteger(value) &&
        (value as number) >= parameter.low &&
        (value as number) <= parameter.high &&
        ((value as number) - parameter.low) % (parameter.step ?? 1) === 0
      );
    case "real":
      return typeof value === "number" && value >= parameter.low && value <= parameter.high;
    case "boolean":
      return typeof value === "boolean";
  }
}

function checkDomain(name: string, parameter: Parameter): void {
  switch (parameter.type) {
    case "categorical": {
      const { values } = parameter;
      if (!Array.isArray(values) || values.length === 0) {
        throw wrong(`${name}: values is empty`, "list at least one value");
      }
      const bad = values.find(
        (v) => !(typeof v === "string" || typeof v === "boolean" || Number.isFinite(v)),
      );
      if (bad !== undefined) {
        throw wrong(
          `${name}: ${String(bad)} is no categorical value`,
          "use strings, finite numbers or booleans",
        );
      }
      const twice = values.find((v, i) => values.indexOf(v) !== i);
      if (twice !== undefined) {
        throw wrong(`${name}: value ${JSON.stringify(twice)} is listed twice`, "list it once");
      }
      return;
    }
    case "integer": {
      const { low, high, step = 1, log = false } = parameter;
      if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high)) {
        throw wrong(`${name}: bounds ${low}..${high} are not integers`, "use whole numbers");
      }
      checkOrder(name, low, high);
      if (!Number.isSafeInteger(step) || step < 1) {
        throw wrong(`${name}: step ${step} is not a positive integer`, "use a step of at least 1");
      }
      if ((high - low) % step !== 0) {
        const last = low + Math.floor((high - low) / step) * step;
        throw wrong(
          `${name}: high ${high} is not low ${low} plus a multiple of step ${step}`,
          `use high ${last} or ${last + step}`,
        );
      }
      if (log && low < 1) {
        throw wrong(`${name}: low ${low} has no logarithm`, "use low >= 1 with log");
      }
      return;
    }
    case "real": {
      const { low, high, log = false } = parameter;
      if (!Number.isFinite(low) || !Number.isFinite(high) || !Number.isFinite(high - low)) {
        throw wrong(`${name}: bounds ${low}..${high} are not finite`, "use finite bounds");
      }
      checkOrder(name, low, high);
      if (log && low <= 0) {
        throw wrong(`${name}: low ${low} has no logarithm`, "use low > 0 with log");
      }
      return;
    }
    case "boolean":
      return;
    default: {
      const { type } = parameter as { type: unknown };
      throw wrong(
        `${name}: unknown parameter type ${JSON.stringify(type)}`,
        "use categorical, integer, real or boolean",
      );
    }
  }
}

function checkOrder(name: string, low: number, high: number): void {
  if (low > high) throw wrong(`${name}: low ${low} > high ${high}`, "swap them");
}

function checkCondition(
  name: string,
  when: Condition | undefined,
  declared: ReadonlyMap<string, Parameter>,
): void {
  for (const [parentName, values] of Object.entries(when ?? {})) {
    const parent = declared.get(parentName);
    if (parent === undefined) {
      const known = [...declared.keys()].join(", ");
      throw wrong(
        `${name}: its condition names "${parentName}", which is not declared before it`,
        known === "" ? `declare ${parentName} first` : `use one of ${known}`,
      );
    }
    if (parent.type === "real") {
      throw wrong(
        `${name}: its condition names ${parentName}, which is real`,
        "condition on a categorical, integer or boolean parameter",
      );
    }
    if (!Array.isArray(values) || values.length === 0) {
      throw wrong(`${name}: its condition lists no value of ${parentName}`, "list at least one");
    }
    const bad = values.find((v) => !isAllowed(parent, v));
    if (bad !== undefined) {
      throw wrong(
        `${name}: its condition has ${parentName} = ${JSON.stringify(bad)}, which cannot be`,
        `use ${allowed(parent)}`,
      );
    }
  }
}

function wrong(message: string, hint: string): UserError {
  return new UserError(message, { hint, exitCode: 2 });
}
