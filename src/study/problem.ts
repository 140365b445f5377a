/** From a study's specification to what can be evaluated. Built anew in every worker. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../base/errors.ts";
import type { Design } from "../search/types.ts";
import { isParametric } from "../search/variator.ts";
import type { BuiltSpace, Cost, Measure } from "./kinds.ts";
import { OBJECTIVES } from "./objectives/index.ts";
import { SPACES } from "./spaces/index.ts";
import type { ObjectiveSpec, StudySpec } from "./spec.ts";
import type {
  Constraint,
  EvaluationContext,
  Interim,
  Objective,
  Problem,
  Values,
} from "./types.ts";

export interface BuiltProblem extends Problem {
  /** The space with what it knows of its designs: columns, networks, predictions. */
  readonly built: BuiltSpace;
  /** Of the dearest objective. */
  readonly cost: Cost;
  /** Loads the user's modules. @throws UserError where one cannot be loaded */
  prepare(): Promise<void>;
  /** Lets go what the study's folder keeps of all designs but these. Absent: nothing is kept. */
  retain?(folder: string, designs: readonly Design[]): void;
}

interface Measured {
  readonly name: string;
  readonly stage: number;
  readonly measure: Measure;
  /** Index of a step before the value; the number of steps: the value. */
  readonly rung: number;
}

/** @throws UserError where the space has no such data, network or column */
export async function buildProblem(spec: StudySpec): Promise<BuiltProblem> {
  const built = await SPACES.find((s) => s.kind === spec.space.kind)!.build(spec.space, {
    objectives: spec.objectives.map(columnName),
    constraints: spec.constraints.map(columnName),
  });
  const measured: Measured[] = [];
  const add = async (o: Omit<ObjectiveSpec, "goal">): Promise<Measured> => {
    const measure = await OBJECTIVES.find((k) => k.kind === o.kind)!.build(
      o.name,
      o.settings,
      built,
    );
    const first = o.stage ?? measure.stage ?? (measure.cost === "expensive" ? 1 : 0);
    const rungs = measure.rungs ?? [];
    rungs.forEach(({ suffix }, rung) => {
      measured.push({ name: `${o.name}${suffix}`, stage: first + rung, measure, rung });
    });
    const entry = { name: o.name, stage: first + rungs.length, measure, rung: rungs.length };
    measured.push(entry);
    return entry;
  };
  const raw: Objective[] = [];
  const interim: Interim[] = [];
  for (const o of spec.objectives) {
    const { stage, measure } = await add(o);
    const goal = o.goal ?? measure.goal;
    if (!goal)
      throw new UserError(`objective '${o.name}' does not say which way is better`, {
        hint: `add goal: maximize or goal: minimize to it`,
        exitCode: 2,
      });
    raw.push({ name: o.name, unit: measure.unit, goal, stage });
    const first = stage - (measure.rungs?.length ?? 0);
    measure.rungs?.forEach(({ suffix, keep }, rung) => {
      interim.push({ name: `${o.name}${suffix}`, of: o.name, stage: first + rung, keep });
    });
  }
  // Trials have one column for each name.
  const { space } = built;
  const names = Object.keys(isParametric(space) ? space.parameters : space.at(0));
  const shared = spec.objectives.find((o) => names.includes(o.name));
  if (shared)
    throw new UserError(`'${shared.name}' is a parameter of the space and an objective`, {
      hint: "give the objective another name",
      exitCode: 2,
    });
  const constraints: Constraint[] = [];
  for (const c of spec.constraints) {
    const same = measured.find((m) => m.name === c.name);
    const { stage } = same ?? (await add(c));
    constraints.push({ name: c.name, op: c.op, bound: c.bound, stage });
  }
  const stages = [...new Set(measured.map((m) => m.stage))].sort((a, b) => a - b);
  const dense = <T extends { readonly stage: number }>(items: readonly T[]): T[] =>
    items.map((item) => ({ ...item, stage: stages.indexOf(item.stage) }));
  const byStage = dense(measured);
  const costs: readonly Cost[] = ["lookup", "computed", "expensive"];
  return {
    built,
    space: built.space,
    objectives: dense(raw),
    constraints: dense(constraints),
    interim: dense(interim),
    notes: [...new Set([...built.notes, ...measured.flatMap((m) => m.measure.notes)])],
    cost: costs[Math.max(...measured.map((m) => costs.indexOf(m.measure.cost)))]!,
    prepare: async () => {
      for (const { measure } of measured) await measure.prepare?.();
    },
    evaluate: (designs, stage, context = NO_CONTEXT) =>
      evaluate(
        designs,
        byStage.filter((m) => m.stage === stage),
        context,
      ),
    ...(measured.some(({ measure }) => "retain" in measure) && {
      retain: (folder: string, designs: readonly Design[]) => {
        for (const { measure } of measured) measure.retain?.(folder, designs);
      },
    }),
  };
}

function columnName(objective: { name: string; settings: Readonly<Record<string, unknown>> }) {
  const { column } = objective.settings;
  return typeof column === "string" ? column : objective.name;
}

/** Outside a study nothing is kept for long. */
const NO_CONTEXT: EvaluationContext = {
  folder: join(tmpdir(), `tidemark-${process.pid}`),
  parents: [],
};

async function evaluate(
  designs: readonly Design[],
  measured: readonly Measured[],
  context: EvaluationContext,
): Promise<(Values | Error)[]> {
  const out: (Record<string, number> | Error)[] = designs.map(() => ({}));
  const sources = new Set(measured.map((m) => m.measure.source));
  for (const source of sources) {
    const group = measured.filter((m) => m.measure.source === source);
    // A design that failed already is not measured any further.
    const open = designs.flatMap((_, i) => (out[i] instanceof Error ? [] : [i]));
    const { measure, rung } = group[0]!;
    const results = await measure.evaluate(
      open.map((i) => designs[i]!),
      { folder: context.folder, parents: open.map((i) => context.parents[i]), rung },
    );
    open.forEach((i, k) => {
      const result = results[k]!;
      out[i] = result instanceof Error ? result : pick(result, group, out[i] as Values);
    });
  }
  return out;
}

/** The group's values, added to those before; an Error where one is not a finite number. */
function pick(
  result: Values,
  group: readonly Measured[],
  before: Values,
): Record<string, number> | Error {
  const values: Record<string, number> = { ...before };
  for (const { name, measure } of group) {
    const value: unknown = result[measure.field];
    if (typeof value !== "number" || !Number.isFinite(value))
      return new Error(
        value === undefined
          ? `no value '${measure.field}' for ${name}`
          : `${name} is ${typeof value === "number" ? value : `a ${typeof value}`}, not a finite number`,
      );
    values[name] = value;
  }
  return values;
}
