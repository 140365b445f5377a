/** How a study file says what data are read and how; the flags of `tidemark train` by their keys. */
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import { FITS } from "../../runtime/data/index.ts";
import { EnvironmentFault } from "../environment.ts";
import type { DataReference } from "./accuracy-data.ts";

const PIXELS = /^([1-9]\d{0,4})(?:x([1-9]\d{0,4}))?$/;

/** Keys of every objective that reads a data set. */
export const READING = {
  size: z
    .union([
      z.int().min(1).max(99_999),
      z.string().regex(PIXELS, "expected pixels as 32 or, height by width, 64x48"),
    ])
    .optional()
    .describe("folders of images: resize to N or HEIGHTxWIDTH"),
  fit: z
    .enum(FITS)
    .optional()
    .describe("how images of another shape come to that size; default: crop"),
  channels: z
    .union([z.literal(1), z.literal(3)])
    .optional()
    .describe("1: turn colour to grey; 3: repeat grey; default: what the networks take"),
  label: z
    .string()
    .min(1)
    .optional()
    .describe("CSV: the column of the classes; default: label, class or target"),
  coarse: z.boolean().optional().describe("CIFAR-100: its 20 groups instead of its 100 classes"),
};
const Reading = z.object(READING);

/** Keys of `setting` that say how data are read. */
export function readingKeys(setting: z.infer<typeof Reading>): readonly string[] {
  return Object.keys(READING).filter((key) => setting[key as keyof typeof READING] !== undefined);
}

export function readOf({
  size,
  fit,
  channels,
  label,
  coarse,
}: z.infer<typeof Reading>): DataReference["read"] {
  const [, height, width = height] = PIXELS.exec(String(size)) ?? [];
  return {
    ...(height !== undefined && { size: [Number(height), Number(width)] as const }),
    ...(fit !== undefined && { fit }),
    ...(channels !== undefined && { channels }),
    ...(label !== undefined && { label }),
    ...(coarse === true && { labels: "coarse" as const }),
  };
}

/** Keys by the flags of `tidemark train`, where they are not the same in other writing. */
export const ALIASES: Readonly<Record<string, string>> = {
  lr: "learningRate",
  clip: "clipNorm",
  ema: "emaDecay",
};

const FLAG = /--([a-z][a-z-]*)(?: (\d[\w.]*|NAME\b))?/g;

/** Text about flags as it reads in a study file: `--size 28x28` is `size: 28x28` there. */
export function asKeys(text: string): string {
  return text.replaceAll(FLAG, (_, flag: string, value?: string) => {
    const camel = flag.replaceAll(/-([a-z])/g, (_hyphen, letter: string) => letter.toUpperCase());
    const key = ALIASES[flag] ?? camel;
    return value === undefined ? `'${key}'` : `${key}: ${value}`;
  });
}

/** Runs `body`; a `UserError` leaves it as it reads in a study file. */
export async function inKeys<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof EnvironmentFault) throw error;
    throw reworded(error, asKeys(error.message), error.exitCode);
  }
}

/** Runs `body`; a `UserError` leaves it as one about the study file's objective of that name. */
export async function aboutObjective<T>(name: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw reworded(error, `objective '${name}': ${asKeys(error.message)}`, error.exitCode);
  }
}

function reworded(error: UserError, message: string, exitCode: 1 | 2): UserError {
  return new UserError(message, {
    ...(error.hint !== undefined && { hint: asKeys(error.hint) }),
    exitCode,
    cause: error,
  });
}
