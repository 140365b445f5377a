/** Reading a study file, and the study that `tidemark explore` runs without one. */
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, resolve } from "node:path";
import { parseDocument } from "yaml";
import { UserError } from "../base/errors.ts";
import { parseSpec, type StudySpec } from "./spec.ts";

/** A study file is some dozens of lines; whatever is larger is another file. */
const MAX_BYTES = 4 * 2 ** 20;

/**
 * Reads a study from YAML or JSON. Relative paths in it are relative to its folder.
 *
 * @throws UserError naming file, line or path, value and remedy
 */
export function readSpecFile(path: string): StudySpec {
  const input = parseText(readText(path), path);
  return resolveSpec(input, {
    origin: path,
    folder: dirname(resolve(path)),
    name: basename(path, extname(path)),
  });
}

/**
 * Checks the text of a study file. Without a name it has that of its space, as a study of flags does.
 *
 * @param file names the text in messages
 * @param resolvePath told every path in the study; what it returns stands there instead
 * @throws UserError naming line or path, value and remedy
 */
export function parseSpecText(
  text: string,
  file: string,
  resolvePath: (path: string) => string,
): StudySpec {
  return parseSpec(parseText(text, file), file, resolvePath);
}

/** Checks a study given as data, e.g. put together from flags. */
export function resolveSpec(
  input: unknown,
  options: { readonly origin?: string; readonly folder?: string; readonly name?: string } = {},
): StudySpec {
  const { origin = "study", folder = process.cwd(), name } = options;
  return parseSpec(input, origin, (path) => resolve(folder, path), name);
}

/** All NAS-Bench-201 networks: CIFAR-10 accuracy against latency on an RTX 2080 Ti. */
export const DEFAULT_STUDY = {
  name: "nasbench201",
  space: { kind: "nasbench201", dataset: "cifar10" },
  objectives: [
    { name: "accuracy", goal: "maximize" },
    {
      name: "latency_ms",
      goal: "minimize",
      device: "rtx-2080-ti",
      batch: 256,
      precision: "fp32",
      host: "eager",
    },
  ],
  search: { algorithm: "exhaustive" },
} as const;

function readText(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES)
      throw new UserError(`${path} has ${size} bytes, a study file at most ${MAX_BYTES}`, {
        hint: "give measured designs as a table: `tidemark explore --table FILE`",
        exitCode: 2,
      });
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`study file ${path} cannot be read: ${(error as Error).message}`, {
      hint: "check the path",
      exitCode: 2,
      cause: error,
    });
  }
}

function parseText(text: string, path: string): unknown {
  // JSON is YAML; one reader gives both the same messages with line and column.
  const document = parseDocument(text, { prettyErrors: true });
  const [problem] = document.errors;
  if (problem?.code === "MULTIPLE_DOCS")
    throw new UserError(`${path}: holds more than one YAML document`, {
      hint: "one file is one study: take out the line '---' and what follows it",
      exitCode: 2,
      cause: problem,
    });
  if (problem)
    throw new UserError(`${path}: ${problem.message.split("\n")[0]!.replace(/:$/, "")}`, {
      hint: "correct the YAML (or JSON) there",
      exitCode: 2,
      cause: problem,
    });
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new UserError(`${path}: ${(error as Error).message}`, { exitCode: 2, cause: error });
  }
}
