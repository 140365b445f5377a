/** How a network is trained: everything that decides the result beside network and data. */
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import type { OptimizerOptions } from "./optimizer/types.ts";
import type { ScheduleOptions } from "./schedule/types.ts";
import type { TrainingOptions } from "./types.ts";

const share = z.number().min(0).lt(1);
const MOMENTUM = 0.9;
const BATCH = 128;
/** An epoch of a small data set has about so many steps. */
const STEPS = 10;
/** Fewer samples have no variance to normalise by. */
const LEAST_BATCH = 2;

/** Plain data: it goes into checkpoints and records, and between processes. */
export const RecipeSchema = z.strictObject({
  /** Of the whole training: the schedule ends with them. */
  epochs: z.int().min(1),
  /** Default: 128, or a tenth of the training samples where that is less. */
  batch: z.int().min(1).optional(),
  optimizer: z.enum(["sgd", "adamw"]).default("sgd"),
  /** The highest rate of the schedule. Default: 0.1 for sgd, 0.001 for adamw. */
  learningRate: z.number().positive().optional(),
  /** Of sgd; Nesterov's where it is above 0. */
  momentum: share.default(MOMENTUM),
  /** Default: 5e-4 for sgd, 0.01 for adamw. */
  weightDecay: z.number().min(0).optional(),
  schedule: z.enum(["constant", "cosine", "one-cycle"]).default("one-cycle"),
  /** Epochs of rising rate before a cosine. */
  warmup: z.number().min(0).default(0),
  labelSmoothing: share.default(0),
  clipNorm: z.number().positive().optional(),
  emaDecay: share.optional(),
  /** Value of each augmentation, see `AUGMENTATIONS`. */
  augment: z.record(z.string(), z.number()).default({}),
  /** Of initial weights, order, augmentation and splits. */
  seed: z.int().min(0).default(0),
  /** Share of the training samples held back where the data set has no validation split. */
  validation: share.default(0),
  /** Epochs from one evaluation to the next; the last epoch is evaluated always. */
  evaluateEvery: z.int().min(1).default(1),
  /** Share held back for the test where the data set has no test split. */
  test: share.default(0.2),
});
export type Recipe = z.infer<typeof RecipeSchema>;
export type RecipeOptions = z.input<typeof RecipeSchema>;
/** A recipe for a number of samples. */
export type SizedRecipe = Recipe & { readonly batch: number };

/** @throws UserError naming the value that is out of range, or has no effect */
export function recipe(options: RecipeOptions): Recipe {
  const parsed = RecipeSchema.safeParse(options);
  if (parsed.success) {
    checkEffect(parsed.data);
    return parsed.data;
  }
  const [issue] = parsed.error.issues;
  const at = issue!.path.join(".");
  const value = issue!.path.reduce<unknown>(
    (of, key) => (of as Record<PropertyKey, unknown> | undefined)?.[key],
    options,
  );
  throw new UserError(`${at || "recipe"} = ${JSON.stringify(value)}: ${issue!.message}`, {
    hint: `correct ${at || "the recipe"}`,
    exitCode: 2,
  });
}

/** @param samples that are trained on */
export function sized(recipe: Recipe, samples: number): SizedRecipe {
  const few = Math.max(LEAST_BATCH, Math.floor(samples / STEPS));
  return { ...recipe, batch: recipe.batch ?? Math.min(BATCH, few) };
}

/** A setting that would change nothing is an error: it was meant to. */
function checkEffect({ optimizer, momentum, schedule, warmup, epochs }: Recipe): void {
  const fail = (message: string, hint: string): never => {
    throw new UserError(message, { hint, exitCode: 2 });
  };
  if (optimizer === "adamw" && momentum !== MOMENTUM)
    fail(`momentum = ${momentum} has no effect: adamw has none`, "leave it out, or choose sgd");
  if (warmup > 0 && schedule !== "cosine")
    fail(
      `warmup = ${warmup} has no effect: ${schedule === "one-cycle" ? "one-cycle rises by itself, over 30 % of the steps" : "the constant schedule has no rise"}`,
      "leave it out, or choose the schedule cosine",
    );
  if (warmup >= epochs)
    fail(
      `warmup = ${warmup}: the training ends after ${epochs} epoch${epochs === 1 ? "" : "s"}, before the rate falls`,
      "choose a shorter warmup, or more epochs",
    );
}

/** The highest learning rate. */
export function learningRateOf({ learningRate, optimizer }: Recipe): number {
  return learningRate ?? (optimizer === "adamw" ? 1e-3 : 0.1);
}

/** @param perEpoch steps in an epoch */
export function trainingOptions(recipe: SizedRecipe, perEpoch: number): TrainingOptions {
  const { batch, labelSmoothing, clipNorm, emaDecay, augment } = recipe;
  return {
    batch,
    optimizer: optimizerOptions(recipe),
    schedule: scheduleOptions(recipe, perEpoch),
    labels: augment.mixup === undefined ? "indices" : "soft",
    labelSmoothing,
    ...(clipNorm !== undefined && { clipNorm }),
    ...(emaDecay !== undefined && { emaDecay }),
  };
}

function optimizerOptions({ optimizer, momentum, weightDecay }: Recipe): OptimizerOptions {
  if (optimizer === "adamw")
    return { name: "adamw", ...(weightDecay !== undefined && { weightDecay }) };
  return { name: "sgd", momentum, nesterov: momentum > 0, weightDecay: weightDecay ?? 5e-4 };
}

function scheduleOptions(recipe: Recipe, perEpoch: number): ScheduleOptions {
  const learningRate = learningRateOf(recipe);
  const steps = recipe.epochs * perEpoch;
  if (recipe.schedule === "constant") return { name: "constant", learningRate };
  if (recipe.schedule === "one-cycle") return { name: "one-cycle", learningRate, steps };
  const warmup = Math.min(steps - 1, Math.round(recipe.warmup * perEpoch));
  return { name: "cosine", learningRate, steps, warmup };
}
