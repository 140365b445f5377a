/** Ways to make one network dynamic: mechanisms, their options, and how much accuracy thresholds may lose. */
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import { classifier } from "../../dynamic/classifier.ts";
import { convert } from "../../dynamic/convert.ts";
import { denseOperators } from "../../dynamic/dense.ts";
import { macsOf } from "../../dynamic/macs.ts";
import { MECHANISMS } from "../../dynamic/mechanisms/index.ts";
import { type DynamicNetwork, withPlan } from "../../dynamic/plan.ts";
import { type MechanismChoice, parseMechanism } from "../../dynamic/spec.ts";
import { DYNAMIC_FORM } from "../../dynamic/training/maker.ts";
import type { Graph } from "../../graph/types.ts";
import { analyze } from "../../ops/analyze.ts";
import type { Parameters } from "../../search/parameters.ts";
import { parametricSpace } from "../../search/parametric-space.ts";
import type { Design } from "../../search/types.ts";
import { looksLikePath, zooReference } from "../../zoo/reference.ts";
import { type BuiltSpace, defineSpace } from "../kinds.ts";
import { countsOf } from "../network.ts";
import { READING, readOf } from "../objectives/accuracy-reading.ts";
import { RECIPE, RUNNING, recipeOf } from "../objectives/accuracy-recipe.ts";
import { checkReference, isDataPath } from "../objectives/accuracy-reference.ts";
import { openBase } from "./base.ts";

/** Combined, there are too many designs beyond it. */
const MOST_MECHANISMS = 5;
const NONE = "none";
const value = z.union([z.number(), z.string().min(1)]);

export const dynamic = defineSpace({
  kind: "dynamic",
  summary: "ways to make a network dynamic: exits, gates, a coarse network first, thresholds",
  schema: z.strictObject({
    kind: z.literal("dynamic"),
    base: z.string().min(1).describe("a trained model file, or a network of the zoo to train"),
    mechanisms: z
      .partialRecord(
        z.enum(MECHANISMS.map((each) => each.name)),
        z.record(z.string(), z.array(value).min(1)),
      )
      .refine((all) => Object.keys(all).length > 0, "name at least one mechanism")
      .describe("those that may be used, in any combination: values of each option to choose from"),
    drops: z
      .array(z.number().min(0).max(100))
      .min(1)
      .default([0.5, 1, 2])
      .describe("points of accuracy that thresholds may lose, to choose from"),
    dense: z.boolean().default(true).describe("the network without any mechanism is a design too"),
    data: z.string().min(1).describe("a data set by name (`tidemark data`) or path"),
    ...READING,
    ...RECIPE,
    budgetWeight: z.number().min(0).optional().describe("of gates' budget in the loss; default 10"),
    distill: z.number().min(0).optional().describe("what exits learn from the end; default 0"),
    ...RUNNING,
  }),
  paths: ["base", "data"],
  isPath: (text) => looksLikePath(text) || (zooReference(text) === undefined && isDataPath(text)),
  networks: true,
  async build(spec): Promise<BuiltSpace> {
    checkReference(spec.data);
    const { graph: base, inputs, notes } = openBase(spec.base);
    const dense = classifier(base);
    const names = MECHANISMS.map(({ name }) => name).filter((name) => name in spec.mechanisms);
    if (names.length > MOST_MECHANISMS)
      throw wrong(
        `${names.length} mechanisms are named, at most ${MOST_MECHANISMS} can be combined`,
        "leave some out",
      );
    const drops = [...new Set(spec.drops)].sort((a, b) => a - b);
    const options = spec.mechanisms as Readonly<Record<string, Readonly<Record<string, Values>>>>;
    const leaving = names.filter((name) => checked(dense, name, options[name]!, spec.seed));
    const space = parametricSpace(parametersOf(names, options, leaving, drops, spec.dense));
    const known = new Map<string, DynamicNetwork>();
    const structure = (design: Design): Design =>
      Object.fromEntries(Object.entries(design).filter(([key]) => key !== "drop"));
    const network = (design: Design): DynamicNetwork => {
      const key = JSON.stringify(choicesOf(design).map(textOf));
      const found = known.get(key) ?? networkOf(dense, design, spec.seed);
      if (known.size > REMEMBERED) known.clear();
      known.set(key, found);
      return found;
    };
    return {
      space,
      columns: new Map(),
      notes: [`space: ${names.join(", ")} on ${spec.base}`, ...notes],
      inputs,
      counts: (design) => countsOf(analyze(network(design).graph, { bind: { batch: 1 } })),
      dynamic: {
        structure,
        network,
        dense,
        drop: ({ drop }) => (typeof drop === "number" ? drop : undefined),
        training: {
          data: spec.data,
          read: readOf(spec),
          recipe: recipeOf(spec),
          form: {
            kind: DYNAMIC_FORM,
            options: {
              ...(spec.budgetWeight !== undefined && { budget: spec.budgetWeight }),
              ...(spec.distill !== undefined && { distill: spec.distill }),
            },
          },
          weights: inputs.length > 0 ? "keep" : "draw",
          threads: spec.threads,
          minutes: spec.minutes,
        },
      },
    };
  },
});

/** The objectives of a stage ask for the same designs one after another. */
const REMEMBERED = 64;

type Values = readonly (number | string)[];

/**
 * Converts the base with each value once, so that a wrong one is a mistake in the file.
 *
 * @returns whether the mechanism gives the network exits
 */
function checked(
  dense: Graph,
  name: string,
  options: Readonly<Record<string, Values>>,
  seed: number,
): boolean {
  const first = Object.fromEntries(
    Object.entries(options).map(([key, values]) => [key, values[0]!]),
  );
  const build = (values: Readonly<Record<string, number | string>>) => {
    const text = textOf([name, values]);
    try {
      return convert(dense, [parseMechanism(text)], seed);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw wrong(`mechanism ${text}: ${error.message}`, error.hint ?? "take it out", error);
    }
  };
  const { plan } = build(first);
  for (const [key, values] of Object.entries(options))
    for (const each of values.slice(1)) build({ ...first, [key]: each });
  return plan.exits.length > 0;
}

function parametersOf(
  names: readonly string[],
  options: Readonly<Record<string, Readonly<Record<string, Values>>>>,
  leaving: readonly string[],
  drops: readonly number[],
  dense: boolean,
): Parameters {
  const sets = subsets(names);
  const having = (some: readonly string[]) =>
    sets.filter((set) => set.some((name) => some.includes(name))).map((set) => set.join("+"));
  const out: Record<string, Parameters[string]> = {
    mechanisms: {
      type: "categorical",
      values: [...(dense ? [NONE] : []), ...sets.map((set) => set.join("+"))],
    },
  };
  for (const name of names)
    for (const [key, values] of Object.entries(options[name]!))
      out[`${name}.${key}`] = {
        type: "categorical",
        values: [...new Set(values)],
        ordered: values.every((each) => typeof each === "number"),
        when: { mechanisms: having([name]) },
      };
  if (leaving.length > 0)
    out.drop = {
      type: "categorical",
      values: drops,
      ordered: true,
      when: { mechanisms: having(leaving) },
    };
  return out;
}

/** All but the empty one, the small ones first. */
function subsets(names: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: 2 ** names.length - 1 }, (_, i) =>
    names.filter((_name, bit) => ((i + 1) >> bit) & 1),
  ).sort((a, b) => a.length - b.length);
}

type Choice = readonly [name: string, values: Readonly<Record<string, number | string>>];

function choicesOf(design: Design): readonly Choice[] {
  const { mechanisms } = design;
  if (mechanisms === NONE) return [];
  return String(mechanisms)
    .split("+")
    .map((name): Choice => {
      const own = Object.entries(design).filter(([key]) => key.startsWith(`${name}.`));
      return [
        name,
        Object.fromEntries(own.map(([key, of]) => [key.slice(name.length + 1), of as string])),
      ];
    });
}

/** As `tidemark dynamic convert` takes it. */
function textOf([name, values]: Choice): string {
  return `${name}:${Object.entries(values)
    .map(([key, of]) => `${key}=${of}`)
    .join(",")}`;
}

function networkOf(dense: Graph, design: Design, seed: number): DynamicNetwork {
  const choices = choicesOf(design).map(
    (choice): MechanismChoice => parseMechanism(textOf(choice)),
  );
  const made =
    choices.length > 0
      ? convert(dense, choices, seed)
      : {
          graph: dense,
          plan: {
            version: 1 as const,
            exits: [],
            regions: [],
            dense: denseOperators(dense),
            denseMacs: macsOf(dense),
          },
        };
  return { graph: withPlan(made), plan: made.plan };
}

function wrong(message: string, hint: string, cause?: unknown): UserError {
  return new UserError(`space: ${message}`, { hint, exitCode: 2, cause });
}
