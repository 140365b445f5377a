/** How a study file says how networks are trained: the settings of `tidemark train` by their keys. */
import { z } from "zod";
import { parseAugment } from "../../runtime/data/index.ts";
import { type RecipeOptions, RecipeSchema } from "../../runtime/training/trainer-recipe.ts";

export const RECIPE = {
  ...RecipeSchema.omit({ augment: true, test: true, validation: true, evaluateEvery: true }).shape,
  augment: z.string().default("none").describe("e.g. crop=4,flip,cutout=8"),
  validation: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.1)
    .describe("share of the training samples to score on, where the data has no split for it"),
};

export const RUNNING = {
  threads: z.int().min(1).max(256).default(1).describe("of one training; results may depend on it"),
  minutes: z
    .number()
    .positive()
    .optional()
    .describe("a training that takes longer fails its trial"),
};

const Recipe = z.object(RECIPE);

/** The recipe among other settings. */
export function recipeOf(setting: z.infer<typeof Recipe>): RecipeOptions {
  const rest = Object.fromEntries(Object.entries(setting).filter(([key]) => key in RECIPE));
  return { ...rest, epochs: setting.epochs, augment: parseAugment(setting.augment) };
}
