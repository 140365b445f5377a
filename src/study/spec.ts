/**
 * The study file. YAML or JSON; everything but `space` and `objectives` may be left out:
 *
 * ```yaml
 * name: fast-cells                  # default: the file's name
 * space: { kind: nasbench201, dataset: cifar10 }
 * objectives:
 *   - { name: accuracy, goal: maximize }
 *   - { name: latency_ms, device: rtx-2080-ti, batch: 256, precision: fp32, host: eager }
 *   - { name: latency_a100, kind: latency_ms, device: a100-80-sxm }
 * constraints:
 *   - params <= 1000000
 *   - { name: energy_mj_eyeriss, op: "<=", bound: 2 }
 * search: { algorithm: nsga2, population: 100 }    # default: exhaustive
 * budget: { evaluations: 2000, minutes: 10 }       # default: all designs of a finite space
 * seed: 1
 * workers: auto                     # threads; the result does not depend on them
 * stages: { keep: 0.5 }             # expensive objectives only for the better half of a batch
 * reference: { accuracy: 10, latency_ms: 50 }      # of the hypervolume
 * ```
 *
 * An objective's kind is what `kind` says, else `module` or `proxy` where that is given, else the
 * kind of its name, else a measured column. `accuracy` without `data` is a column where the space
 * has one. A table has measured columns only.
 */
import { z } from "zod";
import { algorithms } from "../search/index.ts";
import { locating, parseWith } from "./issues.ts";
import type { ObjectiveKind, SpaceKind } from "./kinds.ts";
import { OBJECTIVES } from "./objectives/index.ts";
import { SPACES } from "./spaces/index.ts";
import type { Goal } from "./types.ts";

const CONTROL = /\p{Cc}/u;

export const GOALS = ["minimize", "maximize"] as const;

/** A parsed objective: its kind decided, its settings complete, its paths absolute. */
export interface ObjectiveSpec {
  readonly name: string;
  readonly kind: string;
  readonly goal?: Goal | undefined;
  /** 0 is evaluated first. Default: 0, and 1 for expensive kinds where `stages` is given. */
  readonly stage?: number | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface ConstraintSpec extends Omit<ObjectiveSpec, "goal"> {
  readonly op: "<=" | ">=";
  readonly bound: number;
}

export interface StudySpec {
  readonly name: string;
  readonly space: { readonly kind: string; readonly [key: string]: unknown };
  readonly objectives: readonly ObjectiveSpec[];
  readonly constraints: readonly ConstraintSpec[];
  readonly search: {
    readonly algorithm: string;
    readonly options: Readonly<Record<string, number>>;
  };
  readonly budget: {
    readonly evaluations?: number | undefined;
    readonly minutes?: number | undefined;
  };
  readonly seed: number;
  readonly workers: "auto" | number;
  readonly stages?: { readonly keep: number } | undefined;
  /** Reference point of the hypervolume by objective, in the user's units. */
  readonly reference?: Readonly<Record<string, number>> | undefined;
  /** Designs evaluated and stored at a time; what `kill -9` loses at most. */
  readonly batch?: number | undefined;
}

const NAME = z
  .string()
  .min(1)
  .max(200)
  .refine((name) => name !== "__proto__", "is a name that records cannot hold")
  .refine((name) => !CONTROL.test(name), "has control characters; leave them out");

const common = {
  name: NAME.describe("objective, and column of the trials"),
  stage: z.int().min(0).max(9).optional().describe("0 is evaluated first"),
};

const objectiveBase = z.looseObject({
  ...common,
  kind: z.enum(OBJECTIVES.map((k) => k.kind)).optional(),
  goal: z.enum(GOALS).optional(),
});

const constraintBase = z.looseObject({
  ...common,
  kind: z.enum(OBJECTIVES.map((k) => k.kind)).optional(),
  op: z.enum(["<=", ">="]),
  bound: z.number(),
});

const searchBase = z.looseObject({
  algorithm: z.enum(algorithms.map((a) => a.name)).default("exhaustive"),
});

const outer = z.strictObject({
  $schema: z.string().optional().describe("ignored; for editors"),
  name: NAME.optional().describe("default: the file's name"),
  space: z.looseObject({ kind: z.enum(SPACES.map((s) => s.kind)) }),
  objectives: z.array(z.unknown()).min(1).max(64),
  constraints: z.array(z.unknown()).default([]),
  search: z.unknown().default({}),
  budget: z
    .strictObject({
      evaluations: z.int().min(1).optional().describe("trials in all"),
      minutes: z.number().positive().optional().describe("stops at the end of a batch"),
    })
    .default({}),
  seed: z.int().default(1),
  workers: z
    .union([z.literal("auto"), z.int().min(0).max(256)])
    .default("auto")
    .describe("threads that evaluate; 0: none but the main one; results never depend on it"),
  stages: z
    .strictObject({ keep: z.number().gt(0).max(1).describe("share that reaches the next stage") })
    .optional(),
  reference: z
    .record(z.string(), z.number())
    .optional()
    .describe("reference point of the hypervolume, by objective"),
  batch: z.int().min(1).max(1_000_000).optional().describe("designs stored at a time"),
});

/** The name that a study is given beside its file. @throws UserError where it is none */
export function checkName(name: string, origin: string): string {
  return parseWith(NAME, name, origin, []);
}

/**
 * Checks a study as written, fills the defaults, and makes paths absolute.
 *
 * @param input the parsed YAML or JSON
 * @param origin names it in messages, e.g. the file
 * @param resolvePath relative to the study file's folder
 * @param defaultName where the study has no name
 * @throws UserError naming path, value and what is allowed
 */
export function parseSpec(
  input: unknown,
  origin: string,
  resolvePath: (path: string) => string,
  defaultName?: string,
): StudySpec {
  const raw = parseWith(outer, input, origin);
  const spaceKind = byKind(SPACES, raw.space.kind);
  const space = parseWith(spaceKind.schema, raw.space, origin, ["space"]);
  const objectives = raw.objectives.map((entry, i) =>
    parseObjective(entry, ["objectives", i], raw.space.kind, origin, resolvePath),
  );
  unique(objectives, "objectives", origin);
  const constraints = raw.constraints.map((entry, i) =>
    parseConstraint(entry, ["constraints", i], objectives, raw.space.kind, origin, resolvePath),
  );
  const search = parseSearch(raw.search, origin);
  const names = objectives.map((o) => o.name);
  if (raw.reference) {
    const reference = z.strictObject(Object.fromEntries(names.map((n) => [n, z.number()])));
    parseWith(reference, raw.reference, origin, ["reference"]);
  }
  return {
    name: raw.name ?? defaultName?.replaceAll(/\p{Cc}+/gu, "-").slice(0, 200) ?? spaceKind.kind,
    space: withPaths(
      space,
      spaceKind.paths,
      resolvePath,
      (value) => spaceKind.isPath?.(value) ?? true,
    ) as StudySpec["space"],
    objectives,
    constraints,
    search,
    budget: raw.budget,
    seed: raw.seed,
    workers: raw.workers,
    ...(raw.stages ? { stages: raw.stages } : {}),
    ...(raw.reference ? { reference: raw.reference } : {}),
    ...(raw.batch ? { batch: raw.batch } : {}),
  };
}

function parseObjective(
  entry: unknown,
  at: readonly PropertyKey[],
  spaceKind: string,
  origin: string,
  resolvePath: (path: string) => string,
): ObjectiveSpec {
  // `- accuracy` is short for `- { name: accuracy }`.
  const value = typeof entry === "string" ? { name: entry } : entry;
  const base = parseWith(objectiveBase, value, origin, at);
  const { kind, settings } = settingsOf(base, objectiveBase, at, spaceKind, origin, resolvePath);
  const { name, goal, stage } = base;
  return {
    name,
    kind,
    ...(goal ? { goal } : {}),
    ...(stage === undefined ? {} : { stage }),
    settings,
  };
}

const RELATION = /^\s*(.+?)\s*(<=|>=|≤|≥)\s*([-+]?[\d_.]+(?:e[-+]?\d+)?)\s*$/i;

function parseConstraint(
  entry: unknown,
  at: readonly PropertyKey[],
  objectives: readonly ObjectiveSpec[],
  spaceKind: string,
  origin: string,
  resolvePath: (path: string) => string,
): ConstraintSpec {
  const relation = z
    .string()
    .regex(RELATION, "write it as `params <= 1000000` or `accuracy >= 90`");
  const value =
    typeof entry === "string" ? relationOf(parseWith(relation, entry, origin, at)) : entry;
  const base = parseWith(constraintBase, value, origin, at);
  const { name, op, bound, stage } = base;
  const given = Object.keys(base).filter((key) => !(key in constraintBase.shape));
  // A bare name that an objective has means that objective, with its settings.
  const same = objectives.find((o) => o.name === name);
  const { kind, settings } =
    same && given.length === 0 && base.kind === undefined
      ? same
      : settingsOf(base, constraintBase, at, spaceKind, origin, resolvePath);
  return { name, kind, op, bound, ...(stage === undefined ? {} : { stage }), settings };
}

function relationOf(text: string): { name: string; op: string; bound: number } {
  const [, name, op, bound] = RELATION.exec(text) as unknown as [string, string, string, string];
  return {
    name,
    op: op === "≤" || op === "<=" ? "<=" : ">=",
    bound: Number(bound.replaceAll("_", "")),
  };
}

function settingsOf(
  base: { name: string; kind?: string | undefined; [key: string]: unknown },
  schema: z.ZodObject,
  at: readonly PropertyKey[],
  spaceKind: string,
  origin: string,
  resolvePath: (path: string) => string,
): { kind: string; settings: Readonly<Record<string, unknown>> } {
  const kind = base.kind ?? impliedKind(base, spaceKind);
  const objective = byKind(OBJECTIVES, kind);
  const own = Object.keys(schema.shape);
  const complete = z.strictObject({ ...schema.shape, ...objective.schema.shape });
  const parsed = parseWith(complete, base, origin, at, objective.aliases) as Record<
    string,
    unknown
  >;
  const given = Object.fromEntries(Object.entries(parsed).filter(([key]) => !own.includes(key)));
  const settings = withPaths(
    given,
    objective.paths,
    resolvePath,
    (value) => objective.isPath?.(value) ?? true,
  );
  for (const [key, check] of Object.entries(objective.checks ?? {}))
    locating(origin, [...at, key], () => check(settings[key] as string));
  return { kind, settings };
}

function impliedKind(base: { name: string; [key: string]: unknown }, spaceKind: string): string {
  if ("module" in base) return "module";
  if ("proxy" in base) return "proxy";
  if (spaceKind === "table") return "column";
  const kind = OBJECTIVES.find((k) => k.kind === base.name);
  if (kind === undefined) return "column";
  const measured = byKind(SPACES, spaceKind).measures?.includes(kind.kind) ?? false;
  const meant = kind.requires?.every((key) => key in base) ?? true;
  return measured && !meant ? "column" : kind.kind;
}

function parseSearch(value: unknown, origin: string): StudySpec["search"] {
  // `search: nsga2` is short for `search: { algorithm: nsga2 }`.
  const given = typeof value === "string" ? { algorithm: value } : value;
  const { algorithm } = parseWith(searchBase, given, origin, ["search"]);
  const { algorithm: _, ...options } = parseWith(searchSchema(algorithm), given, origin, [
    "search",
  ]);
  return { algorithm, options: options as Record<string, number> };
}

function searchSchema(name: string): z.ZodObject {
  const { options, summary } = algorithms.find((a) => a.name === name)!;
  const shape: Record<string, z.ZodType> = { algorithm: z.literal(name).default(name) };
  for (const [key, option] of Object.entries(options)) {
    const number = option.type === "integer" ? z.int() : z.number();
    shape[key] = number
      .min(option.min)
      .max(option.max)
      .default(option.default)
      .describe(option.summary);
  }
  return z.strictObject(shape).describe(summary);
}

function unique(objectives: readonly ObjectiveSpec[], key: string, origin: string): void {
  const names = objectives.map((o) => o.name);
  const twice = names.findIndex((name, i) => names.indexOf(name) < i);
  if (twice >= 0)
    parseWith(
      z.custom<string>(
        () => false,
        `is the name of objectives[${names.indexOf(names[twice]!)}] too`,
      ),
      names[twice],
      origin,
      [key, twice, "name"],
    );
}

function byKind<K extends { readonly kind: string }>(kinds: readonly K[], kind: string): K {
  return kinds.find((k) => k.kind === kind)!;
}

function withPaths(
  record: Readonly<Record<string, unknown>>,
  paths: readonly string[],
  resolvePath: (path: string) => string,
  isPath: (value: string) => boolean = () => true,
): Record<string, unknown> {
  const out: Record<string, unknown> = { ...record };
  for (const key of paths) {
    const value = out[key];
    if (typeof value === "string" && isPath(value)) out[key] = resolvePath(value);
  }
  return out;
}

/** The study file's JSON Schema, put together from the kinds: what `tidemark schema` prints. */
export function specJsonSchema(): Record<string, unknown> {
  const objective = (base: z.ZodObject) => (k: ObjectiveKind) =>
    z
      .strictObject({
        ...base.shape,
        kind: z.literal(k.kind).optional(),
        ...k.schema.shape,
      })
      .describe(k.summary);
  const space = SPACES.map((s: SpaceKind) => s.schema.describe(s.summary));
  const schema = outer.extend({
    space: z.union(space as unknown as [z.ZodObject]),
    objectives: z
      .array(z.union([NAME, ...OBJECTIVES.map(objective(objectiveBase))]))
      .min(1)
      .max(64),
    constraints: z
      .array(
        z.union([
          z.string().regex(RELATION).describe("e.g. params <= 1000000"),
          ...OBJECTIVES.map(objective(constraintBase)),
        ]),
      )
      .default([]),
    search: z
      .union([
        z.enum(algorithms.map((a) => a.name)),
        ...algorithms.map((a) => searchSchema(a.name)),
      ])
      .default({ algorithm: "exhaustive" }),
  });
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}
