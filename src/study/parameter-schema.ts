/** Typed parameters as a study file writes them; `search/parameters.ts` checks what they mean. */
import { z } from "zod";

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const when = z
  .record(z.string(), z.array(scalar).min(1))
  .optional()
  .describe("active only where each named parameter, declared before, has one of these values");

const parameter = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("categorical"),
    values: z.array(scalar).min(1),
    ordered: z.boolean().optional().describe("neighbours in the list are neighbours in effect"),
    when,
  }),
  z.strictObject({
    type: z.literal("integer"),
    low: z.int(),
    high: z.int(),
    step: z.int().min(1).optional(),
    log: z.boolean().optional().describe("relative steps count"),
    when,
  }),
  z.strictObject({
    type: z.literal("real"),
    low: z.number(),
    high: z.number(),
    log: z.boolean().optional().describe("uniform in the logarithm"),
    when,
  }),
  z.strictObject({ type: z.literal("boolean"), when }),
]);

/** Parameters by name, at least one. */
export const parametersSchema = z
  .record(z.string().min(1), parameter)
  .refine((record) => Object.keys(record).length > 0, "name at least one parameter");

export type ParametersSpec = z.infer<typeof parametersSchema>;
