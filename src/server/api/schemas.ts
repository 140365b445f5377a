/**
 * Every request and response of the API as a zod schema: what the server checks, what `types.ts` is
 * derived from, and what `/api/openapi.json` publishes.
 */
import { z } from "zod";
import type { Json } from "../../base/json.ts";

/** Characters of a note, and of a study file, at most. */
export const MAX_NOTE = 65_536;
export const MAX_STUDY_FILE = 262_144;

const id = z.int().min(1).describe("number of a study in the store");
const json = z.unknown() as z.ZodType<Json>;

export const studyState = z
  .enum(["running", "finished", "interrupted"])
  .describe("interrupted: stopped, or its process is gone");

export const goal = z.enum(["minimize", "maximize"]);

export const objectiveInfo = z
  .object({
    name: z.string(),
    unit: z.string().describe('e.g. ms, %, MAC; "" for a pure number'),
    goal,
    stage: z.int().min(0).describe("0 is evaluated first"),
  })
  .readonly();

export const constraintInfo = z
  .object({
    name: z.string(),
    op: z.enum(["<=", ">="]),
    bound: z.number(),
    stage: z.int().min(0),
  })
  .readonly();

const rowShape = {
  id,
  name: z.string(),
  state: studyState,
  trials: z.int().min(0).describe("evaluated designs"),
  createdAt: z.string().describe("ISO 8601, UTC"),
  space: z.string().describe("kind of the space"),
  algorithm: z.string(),
  seed: z.int(),
  objectives: z.array(objectiveInfo).readonly(),
  note: z.string().describe('Markdown, as the user wrote it; "" for none'),
};

/** A study in the list. */
export const studyRow = z.object(rowShape).readonly();

export const studyList = z
  .object({
    store: z.string().describe("what the store's file is called"),
    writable: z
      .boolean()
      .describe("whether studies can be started, stopped and annotated; false in an exported page"),
    studies: z.array(studyRow).readonly(),
  })
  .readonly();

export const studyDetail = z
  .object({
    ...rowShape,
    failed: z.int().min(0).describe("trials that failed"),
    constraints: z.array(constraintInfo).readonly(),
    rests: z.array(z.string()).readonly().describe("what the numbers rest on"),
    size: z.number().nullable().describe("designs in the space; null where it is not finite"),
    networks: z.boolean().describe("whether its designs are networks that can be fetched"),
    exportedNetworks: z
      .array(z.int().min(0))
      .readonly()
      .optional()
      .describe("of an exported page: the trials whose networks are in it"),
    failure: z
      .string()
      .optional()
      .describe("what the process that this server started said when it failed"),
    spec: json.describe("the study as it was run, its defaults filled in"),
  })
  .readonly();

export const trialState = z.enum(["complete", "infeasible", "pruned", "failed"]);

export const trialDetail = z
  .object({
    study: id,
    number: z.int().min(0),
    state: trialState,
    design: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).readonly(),
    values: z.record(z.string(), z.number()).readonly().describe("in the units of the objectives"),
    error: z.string().optional().describe("why it failed"),
  })
  .readonly();

export const apiError = z
  .object({ message: z.string(), hint: z.string().optional().describe("what to do") })
  .readonly();

/** Of the event stream: what changed, not the data itself. */
export const storeEvent = z.discriminatedUnion("kind", [
  z
    .object({ kind: z.literal("studies") })
    .readonly()
    .describe("a study came, went, or was annotated: read the list again"),
  z
    .object({ kind: z.literal("study"), id, state: studyState, trials: z.int().min(0) })
    .readonly()
    .describe("a study has more trials, or another state"),
  z
    .object({ kind: z.literal("problem"), error: apiError })
    .readonly()
    .describe("the store cannot be read at the moment"),
]);

export const startRequest = z
  .strictObject({
    text: z
      .string()
      .min(1)
      .max(MAX_STUDY_FILE)
      .describe("a study file, YAML or JSON; it may name no files"),
  })
  .readonly();

export const resumeRequest = z
  .strictObject({
    evaluations: z
      .int()
      .min(1)
      .optional()
      .describe("designs to evaluate in all; needed where the study is finished"),
  })
  .readonly();

export const noteRequest = z.strictObject({ note: z.string().max(MAX_NOTE) }).readonly();

export const started = z
  .object({
    id: id.nullable().describe("null: its process is still preparing; it appears in the list"),
    name: z.string(),
  })
  .readonly();

export const stopping = z
  .object({ id, name: z.string() })
  .readonly()
  .describe("its process was told to stop; it ends at the end of its batch, after 5 s at most");

export const devices = z
  .array(z.looseObject({ id: z.string(), name: z.string() }))
  .readonly()
  .describe("devices whose time can be predicted, every figure with its source");
