/** Files that a verb is about to write must not be those that it reads. */
import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UserError } from "../base/errors.ts";
import type { Graph } from "../graph/types.ts";

/**
 * Call it before any work is done.
 *
 * @param option as the user knows it, e.g. `-o`
 * @throws UserError where `output` is one of `inputs`, also by another name or through a link
 */
export function refuseInput(option: string, output: string, inputs: readonly string[]): void {
  if (output.trim() === "")
    throw new UserError(`${option} names no file`, { hint: "give a path", exitCode: 2 });
  const target = identity(output);
  const same = inputs.find((input) => identity(input) === target);
  if (same === undefined) return;
  throw new UserError(`${option} ${output} is the input ${same} itself`, {
    hint: "choose another name: the input would be lost",
    exitCode: 2,
  });
}

/**
 * Call it before any work is done.
 *
 * @param option as the user knows it, e.g. `-o`
 * @throws UserError where the folder of `output` is absent or closed to us, or `output` is a folder or a
 *   device: files are written beside their place and moved there, which would take the device away
 */
export function requireFolder(option: string, output: string): void {
  const fail = (reason: string, exitCode: 1 | 2): never => {
    throw new UserError(`${option} ${output} cannot be written: ${reason}`, {
      hint: `choose another place for ${option}`,
      exitCode,
    });
  };
  if (output.trim() === "") return;
  const folder = dirname(resolve(output));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    fail(`there is no folder ${folder}`, 2);
  const there = statSync(output, { throwIfNoEntry: false });
  if (there?.isDirectory()) fail("it is a folder", 2);
  if (there !== undefined && !there.isFile()) fail("it is a device or a pipe, no file", 2);
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    fail(`the folder ${folder} is closed to writing (${(cause as NodeJS.ErrnoException).code})`, 1);
  }
}

/** The files that a network is read from: the model, and those of its weights. */
export function filesOf(model: string, graph: Graph): readonly string[] {
  const folder = dirname(resolve(model));
  const weights = new Set<string>();
  for (const { external } of graph.initializers.values())
    if (external) weights.add(resolve(folder, external.location));
  return [model, ...weights];
}

/** Of the file itself, whatever its name; of the path where there is no file yet. */
function identity(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.dev}:${stat.ino}` : resolve(path);
}
