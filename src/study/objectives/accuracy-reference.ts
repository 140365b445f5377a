/** Names of data sets in a study file, and what a network takes of them. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import type { Graph } from "../../graph/types.ts";
import { KNOWN_DATASETS, placeOf } from "../../runtime/data/index.ts";

/** A data set that is known by name is no path. */
export function isDataPath(reference: string): boolean {
  return !KNOWN_DATASETS.some(({ name }) => name === reference);
}

/** @throws UserError where there is no such data set on this machine */
export function checkReference(reference: string | undefined): void {
  if (reference === undefined) return;
  const known = KNOWN_DATASETS.find(({ name }) => name === reference);
  if (known !== undefined && placeOf(known) === undefined)
    throw new UserError(`the data set ${reference} is not on this machine`, {
      hint: `get it: ${known.origin}; or give a path`,
      exitCode: 2,
    });
  if (known === undefined && !existsSync(reference)) {
    const names = KNOWN_DATASETS.map(({ name }) => name);
    // A name that is not known has become a path beside the study by now.
    const typed = basename(reference);
    const near = typed.includes(".") ? undefined : suggest(typed, names);
    throw new UserError(`no data set and no path is named '${reference}'`, {
      hint: near ? `did you mean ${near}?` : `known: ${names.join(", ")}; or give a path`,
      exitCode: 2,
    });
  }
}

/** Channels of the images that the network takes, where a reader can make them. */
export function channelsOf(network: Graph): 1 | 3 | undefined {
  const shape = network.inputs[0]?.shape;
  const channels = shape?.length === 4 ? shape[1] : undefined;
  return channels === 1 || channels === 3 ? channels : undefined;
}

/**
 * Shape of a batch of noise for the network.
 *
 * @throws UserError where the sizes of the input are not all known
 */
export function noiseDims(graph: Graph, size: number): readonly number[] {
  const [input] = graph.inputs;
  const dims = [size, ...(input?.shape ?? []).slice(1)];
  if (dims.length === 1 || !dims.every((d) => typeof d === "number"))
    throw new UserError(
      `${graph.name}: input ${input?.name} is [${input?.shape?.join(", ") ?? "?"}]`,
      { hint: "give the proxy a data set, whose samples have a size: data", exitCode: 2 },
    );
  return dims;
}
