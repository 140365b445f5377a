/** Names of data sets in a study file, and what a network takes of them. */
import { existsSync } from "node:fs";
import { UserError } from "../../base/errors.ts";
import { stream } from "../../base/rng.ts";
import type { Graph } from "../../graph/types.ts";
import { KNOWN_DATASETS, placeOf } from "../../runtime/data/index.ts";
import type { Design } from "../../search/types.ts";
import type { BuiltSpace } from "../kinds.ts";

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
  if (known === undefined && !existsSync(reference))
    throw new UserError(`no data set and no path is named '${reference}'`, {
      hint: `known: ${KNOWN_DATASETS.map(({ name }) => name).join(", ")}; or give a path`,
      exitCode: 2,
    });
}

/** Channels of the images that the network takes, where a reader can make them. */
export function channelsOf(network: Graph): 1 | 3 | undefined {
  const shape = network.inputs[0]?.shape;
  const channels = shape?.length === 4 ? shape[1] : undefined;
  return channels === 1 || channels === 3 ? channels : undefined;
}

/** Whose network stands for those of all designs where data and network are brought together. */
export function exampleOf({ space }: BuiltSpace): Design {
  return space.start?.[0] ?? space.sample(stream(0, "accuracy/example"));
}
