/** What a training was asked to do, and the file in its folder that keeps it. */
import { accessSync, constants, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import { replaceFile } from "./checkpoint.ts";
import { RecipeSchema } from "./trainer-recipe.ts";

const ReadSchema = z.strictObject({
  size: z.tuple([z.int().min(1), z.int().min(1)]).optional(),
  fit: z.enum(["crop", "stretch", "pad"]).optional(),
  channels: z.union([z.literal(1), z.literal(3)]).optional(),
  label: z.string().optional(),
  labels: z.enum(["fine", "coarse"]).optional(),
  cache: z.union([z.string(), z.literal(false)]).optional(),
});

const RequestSchema = z.strictObject({
  /** A network of the zoo, or the absolute path of an ONNX file. */
  model: z.string(),
  /** A known data set, or the absolute path of one. */
  data: z.string(),
  read: ReadSchema,
  recipe: RecipeSchema,
  /** `keep`: from the file's weights; `draw`: from fresh ones. */
  weights: z.enum(["keep", "draw"]),
  threads: z.int().min(1).optional(),
  /** Besides the end of each epoch and every five minutes. */
  checkpointEverySteps: z.int().min(1).optional(),
  /** Where the trained network goes, absolute. */
  out: z.string(),
  /** What is differentiated in place of the network; default: the network itself. */
  form: z.strictObject({ kind: z.string(), options: z.unknown().optional() }).optional(),
});
export type TrainingRequest = z.infer<typeof RequestSchema>;

const RunFile = z.strictObject({
  format: z.literal("tidemark-training-run"),
  version: z.literal(1),
  request: RequestSchema,
});

/** What may differ when a training is taken up again. */
export interface ResumeChanges {
  readonly data?: string;
  readonly out?: string;
  readonly threads?: number;
  readonly checkpointEverySteps?: number;
}

const RUN = "run.json";

export const holdsTraining = (folder: string) => existsSync(join(folder, RUN));

/** @throws UserError where it cannot be written */
export function writeRequest(folder: string, request: TrainingRequest): void {
  const file = { format: "tidemark-training-run", version: 1, request };
  replaceFile(join(folder, RUN), [jsonBytes(file)], "the file");
}

/** The folder holds no training then. */
export function removeRequest(folder: string): void {
  rmSync(join(folder, RUN), { force: true });
}

/** @throws UserError where the folder holds no training, or the file is damaged */
export function readRequest(folder: string): TrainingRequest {
  const path = join(folder, RUN);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new UserError(`${resolve(folder)} holds no training: ${RUN} cannot be read`, {
      hint: "give the folder that the training named when it began",
      exitCode: 2,
      cause,
    });
  }
  const parsed = RunFile.safeParse(parseJson(text));
  if (!parsed.success)
    throw new UserError(`${path} is damaged: ${z.prettifyError(parsed.error)}`, {
      hint: "begin the training anew in another folder",
    });
  return parsed.data.request;
}

/** What can be known of it before hours of training. @throws UserError where it could not be written */
export function checkOutput(out: string): void {
  try {
    accessSync(dirname(out), constants.W_OK);
  } catch (cause) {
    throw new UserError(`${out} could not be written: ${(cause as Error).message}`, {
      hint: "make its folder, or choose another place: -o FILE.onnx",
      exitCode: existsSync(dirname(out)) ? 1 : 2,
      cause,
    });
  }
  if (statSync(out, { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(`${out} is a folder`, {
      hint: "choose another name: -o FILE.onnx",
      exitCode: 2,
    });
  const record = recordPath(out);
  const stat = statSync(record, { throwIfNoEntry: false });
  if (stat?.isFile() && !isRecord(readFileSync(record, "utf8")))
    throw new UserError(`${record}, where the record would go, is another file`, {
      hint: "choose another name: -o FILE.onnx",
      exitCode: 2,
    });
}

function isRecord(text: string): boolean {
  const json = parseJson(text) as { readonly format?: unknown } | null | undefined;
  return json?.format === "tidemark-training";
}

/** `net.onnx` and `net.onnx.gz` have their record in `net.json`. */
export function recordPath(out: string): string {
  return `${out.replace(/\.onnx(\.gz)?$/i, "")}.json`;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const jsonBytes = (value: unknown) =>
  new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
