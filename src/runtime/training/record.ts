/** What a training was and gave, as JSON: enough to repeat it, and to compare it with others. */
import { createRequire } from "node:module";
import { arch, cpus, platform, totalmem } from "node:os";
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import { EpochSchema } from "./checkpoint.ts";
import { RecipeSchema } from "./trainer-recipe.ts";

const Counts = z.object({
  train: z.int(),
  validation: z.int().optional(),
  test: z.int().optional(),
});

export const RecordSchema = z.object({
  format: z.literal("tidemark-training"),
  version: z.literal(1),
  /** Whether all epochs are done. */
  complete: z.boolean(),
  network: z.object({
    name: z.string(),
    /** As it was given: a path, or a network of the zoo with its parameters. */
    reference: z.string(),
    /** SHA-256 of the graph before the training. */
    hash: z.string(),
    parameters: z.int(),
    weights: z.enum(["keep", "draw"]),
  }),
  data: z.object({
    name: z.string(),
    reference: z.string(),
    /** SHA-256 over classes, samples and labels. */
    sha256: z.string(),
    classes: z.array(z.string()),
    /** Of one sample. */
    shape: z.array(z.int()),
    counts: Counts,
    /** Samples that the reader left out. */
    skipped: z.int(),
    mean: z.array(z.number()),
    std: z.array(z.number()),
  }),
  recipe: RecipeSchema,
  /** What was differentiated in place of the network, where something was. */
  form: z.object({ kind: z.string(), options: z.unknown().optional(), id: z.string() }).optional(),
  /** Undefined: the engine's own choice. With 1 the weights repeat bit for bit. */
  threads: z.int().optional(),
  epochs: z.array(EpochSchema),
  /** Of the weights that were written. */
  result: z
    .object({
      weights: z.enum(["raw", "averaged"]),
      validation: EpochSchema.shape.validation,
      test: EpochSchema.shape.test,
    })
    .optional(),
  /** Steps at which it was taken up again. */
  resumedAt: z.array(z.int()),
  /** Where loss or gradient were last no number; the epochs are those before. */
  diverged: z.object({ step: z.int() }).optional(),
  machine: z.object({
    cpu: z.string(),
    cores: z.int(),
    memoryGb: z.number(),
    platform: z.string(),
  }),
  versions: z.object({ tidemark: z.string(), engine: z.string(), node: z.string() }),
});
export type TrainingRecord = z.infer<typeof RecordSchema>;

/** @throws UserError where it is no such record */
export function parseRecord(text: string, where: string): TrainingRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${where} is no JSON: ${(cause as Error).message}`, {
      hint: "give a record that `tidemark train` wrote",
      cause,
    });
  }
  const parsed = RecordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(
    `${where} is no record of a training: ${issue!.path.join(".")}: ${issue!.message}`,
    {
      hint: "give a record that `tidemark train` wrote",
    },
  );
}

export function thisMachine(): TrainingRecord["machine"] {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${platform()}-${arch()}`,
  };
}

export function engineVersion(): string {
  const require = createRequire(import.meta.url);
  const { version } = require("onnxruntime-node/package.json") as { version: string };
  return `onnxruntime-node ${version}`;
}
