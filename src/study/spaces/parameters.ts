/** Parameters of the user's own, for objectives that their own module computes. */
import { z } from "zod";
import type { Parameters } from "../../search/parameters.ts";
import { parametricSpace } from "../../search/parametric-space.ts";
import { defineSpace } from "../kinds.ts";
import { parametersSchema } from "../parameter-schema.ts";

export const parameters = defineSpace({
  kind: "parameters",
  summary: "your own typed parameters, evaluated by your own module",
  schema: z.strictObject({
    kind: z.literal("parameters"),
    parameters: parametersSchema,
  }),
  paths: [],
  async build(spec) {
    return {
      space: parametricSpace(spec.parameters as Parameters),
      columns: new Map(),
      notes: [],
    };
  },
});
