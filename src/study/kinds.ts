/**
 * What a kind of space and a kind of objective are. Each is one file and one line in its index;
 * the study file's schema, its JSON Schema, and the problem are put together from these values.
 */
import { inspect } from "node:util";
import type { z } from "zod";
import type { DynamicNetwork } from "../dynamic/plan.ts";
import type { HostMode, Precision } from "../gpu/types.ts";
import type { Graph } from "../graph/types.ts";
import type { ReadOptions } from "../runtime/data/index.ts";
import type { FormRequest } from "../runtime/training/form-maker.ts";
import type { RecipeOptions } from "../runtime/training/trainer-recipe.ts";
import type { Design, Space } from "../search/types.ts";
import { EnvironmentFault } from "./environment.ts";
import type { EvaluationContext, Goal, Values } from "./types.ts";

/** A measured number of every design, looked up rather than computed. */
export interface MeasuredColumn {
  readonly unit: string;
  /** Which way is better, where that is beyond doubt. */
  readonly goal: Goal | undefined;
  read(design: Design): number;
  /** e.g. `measured: 200 epochs, mean over seeds`. */
  readonly note?: string;
}

/** Where and how a network is timed. */
export interface Setting {
  /** Id, alias or name of a shipped device, or the path of a device file. */
  readonly device: string;
  readonly batch: number;
  readonly precision: Precision;
  readonly host: HostMode;
  /** The library took the fastest of its algorithms (`cudnn.benchmark`), not its own guess. */
  readonly tuned: boolean;
  /** Host time of one simple operator on the user's machine, microseconds. */
  readonly hostUsPerOp?: number | undefined;
}

export interface Timing {
  readonly latencyMs: number;
  readonly gpuMs: number;
  readonly hostMs: number;
}

export interface Predictor {
  predict(design: Design): Timing;
  readonly notes: readonly string[];
}

export interface Counts {
  readonly params: number;
  readonly macs: number;
  /** Floating-point operations: two for each MAC, and everything else. */
  readonly flops: number;
}

/** A file as it was read: a study is not resumed on another. */
export interface InputFile {
  readonly path: string;
  readonly sha256: string;
}

/** A space, and what can be known of its designs. */
export interface BuiltSpace {
  readonly space: Space;
  readonly columns: ReadonlyMap<string, MeasuredColumn>;
  readonly notes: readonly string[];
  /** Files of the user's that the designs or their values come from. */
  readonly inputs?: readonly InputFile[];
  /** The network of a design, batch size 1 or symbolic; absent where designs are no networks. */
  graph?(design: Design): Graph;
  counts?(design: Design): Counts;
  predictor?(setting: Setting): Predictor;
  /** Few designs that have in them whatever designs may be made of; absent: to be found from the space. */
  readonly corners?: () => readonly Design[];
  /** Where designs descend from one another and can take over each other's weights. */
  readonly lineage?: Lineage;
  /** Where designs are ways to make one network dynamic. */
  readonly dynamic?: DynamicDesigns;
}

/** Dynamic networks and how they are trained. */
export interface DynamicDesigns {
  /** The design without what is chosen after training. */
  structure(design: Design): Design;
  /** Dynamic network of a structure, its weights begun from the base. */
  network(structure: Design): DynamicNetwork;
  /** The base, for times beside it. */
  readonly dense: Graph;
  /** Points of accuracy that its thresholds may lose; undefined: it has no exits. */
  drop(design: Design): number | undefined;
  readonly training: DynamicTraining;
}

export interface DynamicTraining {
  readonly data: string;
  readonly read: Pick<ReadOptions, "size" | "fit" | "channels" | "label" | "labels">;
  readonly recipe: RecipeOptions;
  readonly form: FormRequest;
  readonly weights: "keep" | "draw";
  readonly threads: number;
  readonly minutes?: number | undefined;
}

export interface Lineage {
  /** Designs that this one descends from, the nearest first. */
  ancestors(design: Design): readonly Design[];
  /**
   * The design's network with the weights of an ancestor.
   *
   * @param trained the ancestor's network, its weights trained
   */
  inherit(design: Design, ancestor: Design, trained: Graph): Graph;
}

/** Names of columns that the study measures, so that a space loads no more than it must. */
export interface BuildContext {
  readonly objectives: readonly string[];
  readonly constraints: readonly string[];
}

export interface SpaceKind<S extends z.ZodObject = z.ZodObject> {
  readonly kind: string;
  /** One line for `tidemark spaces`. */
  readonly summary: string;
  /** Strict, with the literal `kind`. */
  readonly schema: S;
  /** Keys of `schema` that hold paths, relative to the study file. */
  readonly paths: readonly (keyof z.infer<S> & string)[];
  /** Which values of those keys are paths, where not all are. */
  isPath?(value: string): boolean;
  /** Its designs are networks: a built space has `graph` or `dynamic`. */
  readonly networks?: true;
  /** Names of kinds of objectives that are measured columns here, unless they are set up otherwise. */
  readonly measures?: readonly string[];
  /** The kind of objective that a bare name means here, where no objective has that name. */
  build(spec: z.infer<S>, context: BuildContext): Promise<BuiltSpace>;
}

/** lookup: in a table; computed: microseconds to milliseconds; expensive: seconds and more. */
export type Cost = "lookup" | "computed" | "expensive";

/** A step on the way to a measure's value, in a stage of its own. */
export interface Rung {
  /** After the objective's name in the trials: `@2`. */
  readonly suffix: string;
  /** Share of the designs that is worth the next step. */
  readonly keep: number;
}

/** What a measure's evaluation may use; parents are those of the designs, in their order. */
export interface MeasureContext extends EvaluationContext {
  /** Index into the measure's rungs; their number: the value itself. */
  readonly rung: number;
}

/** One number of a design, and how to get it. */
export interface Measure {
  readonly unit: string;
  /** The goal where the study names none; undefined: the study must name one. */
  readonly goal: Goal | undefined;
  readonly cost: Cost;
  /** Measures with the same source share one evaluation; `field` is this one's name in it. */
  readonly source: string;
  readonly field: string;
  readonly notes: readonly string[];
  /** Where the study names none; default: 1 for what is expensive, else 0. */
  readonly stage?: number;
  /** Steps before the value, each a stage; only designs that survive one reach the next. */
  readonly rungs?: readonly Rung[];
  /** Loads what evaluating needs where building should not: code of the user's. */
  prepare?(): Promise<unknown>;
  evaluate(
    designs: readonly Design[],
    context: MeasureContext,
  ): Promise<readonly (Values | Error)[]>;
  /** Lets go what was kept of all designs but these. */
  retain?(folder: string, designs: readonly Design[]): void;
}

export interface ObjectiveKind<S extends z.ZodObject = z.ZodObject> {
  readonly kind: string;
  readonly summary: string;
  /** Settings of this kind beyond name, kind, goal and stage. */
  readonly schema: S;
  readonly paths: readonly (keyof z.infer<S> & string)[];
  /** Settings without which the kind is not meant where the space measures what has its name. */
  readonly requires?: readonly (keyof z.infer<S> & string)[];
  /** Settings whose value may name what does not exist; each throws a `UserError` where it does. */
  readonly checks?: Readonly<Record<string, (value: string) => unknown>>;
  /** Keys by the names that they have elsewhere, e.g. as flags of a command. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Which values of those keys are paths, where not all are: a device has a name or a file. */
  isPath?(value: string): boolean;
  build(name: string, setting: z.infer<S>, space: BuiltSpace): Promise<Measure>;
}

export function defineSpace<S extends z.ZodObject>(kind: SpaceKind<S>): SpaceKind<S> {
  return kind;
}

export function defineObjective<S extends z.ZodObject>(kind: ObjectiveKind<S>): ObjectiveKind<S> {
  return kind;
}

/**
 * Evaluates designs one by one; what a design throws is its own error.
 *
 * @throws EnvironmentFault where `one` throws it: it is no design's
 */
export async function each(
  designs: readonly Design[],
  one: (design: Design) => Values | Promise<Values>,
): Promise<(Values | Error)[]> {
  const out: (Values | Error)[] = [];
  for (const design of designs) {
    try {
      const value = one(design);
      out.push(value instanceof Promise ? await value : value);
    } catch (error) {
      if (error instanceof EnvironmentFault) throw error;
      out.push(errorOf(error));
    }
  }
  return out;
}

/** Whatever was thrown, as an error that says what it was. */
export function errorOf(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(
    typeof thrown === "string" ? thrown : inspect(thrown, { depth: 2, breakLength: Infinity }),
  );
}
