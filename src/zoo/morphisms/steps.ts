/**
 * A network's lineage as text: `widen layer1.0.conv1 factor=1.5; deepen relu kernel=3`. Applied to
 * the same network with the same seed the steps give the same network, weights included.
 */
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import type { Graph } from "../../graph/types.ts";
import { MORPHISMS } from "./index.ts";
import { Network } from "./network.ts";
import type { Morphism } from "./types.ts";

export interface Step {
  readonly morphism: string;
  readonly place: string;
  readonly values: Readonly<Record<string, number>>;
}

const SEPARATOR = "; ";
/** Characters that the text gives a meaning; names of nodes have them escaped as in a URL. */
const SPECIAL = /[%;\s]/g;

export function formatStep({ morphism, place, values }: Step): string {
  const name = place.replace(SPECIAL, (c) => encodeURIComponent(c));
  const settings = Object.entries(values).map(([key, value]) => `${key}=${value}`);
  return [morphism, name, ...settings].join(" ");
}

export function formatSteps(steps: readonly Step[]): string {
  return steps.map(formatStep).join(SEPARATOR);
}

/** @throws UserError naming the step and what is allowed */
export function parseSteps(text: string): readonly Step[] {
  return text
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(parseStep);
}

function parseStep(text: string): Step {
  const [name = "", place, ...settings] = text.split(/\s+/);
  const morphism = morphismNamed(name);
  if (place === undefined)
    throw new UserError(`step '${text}' does not say where`, {
      hint: `write it as '${name} NODE${settingsHint(morphism)}'`,
    });
  const values: Record<string, number> = {};
  for (const setting of settings) {
    const [key = "", value = ""] = setting.split("=");
    const parameter = morphism.parameters[key];
    const number = Number(value);
    if (parameter === undefined || value === "" || !parameter.choices.includes(number))
      throw new UserError(`step '${text}': ${setting} is not allowed`, {
        hint: parameter
          ? `${key} is one of ${parameter.choices.join(", ")}`
          : `${name} takes ${Object.keys(morphism.parameters).join(", ") || "no settings"}`,
      });
    values[key] = number;
  }
  for (const key of Object.keys(morphism.parameters))
    if (values[key] === undefined)
      throw new UserError(`step '${text}' does not say ${key}`, {
        hint: `add ${key}=…, one of ${morphism.parameters[key]!.choices.join(", ")}`,
      });
  return { morphism: name, place: unescaped(place, text), values };
}

function unescaped(place: string, step: string): string {
  try {
    return decodeURIComponent(place);
  } catch {
    throw new UserError(`step '${step}': ${place} is no name with escapes as in a URL`, {
      hint: "write a percent sign in a name as %25",
    });
  }
}

function settingsHint({ parameters }: Morphism): string {
  return Object.entries(parameters)
    .map(([key, { choices }]) => ` ${key}=${choices[0]}`)
    .join("");
}

/** @throws UserError where there is no such morphism */
export function morphismNamed(name: string): Morphism {
  const found = MORPHISMS.find((m) => m.name === name);
  if (found !== undefined) return found;
  const names = MORPHISMS.map((m) => m.name);
  const near = suggest(name, names);
  throw new UserError(`no morphism is named '${name}'`, {
    hint: `${near ? `did you mean '${near}'? ` : ""}they are ${names.join(", ")}`,
  });
}

/**
 * @param seed of weights that are drawn anew
 * @throws UserError where the step does not fit the network
 */
export function applyStep(network: Network, step: Step, seed: number): Graph {
  const { place, values } = step;
  return morphismNamed(step.morphism).apply(network, { place, values, seed });
}

export function applySteps(graph: Graph, steps: readonly Step[], seed: number): Graph {
  return steps.reduce((g, step) => applyStep(new Network(g), step, seed), graph);
}
