/**
 * The algorithms by name. A new one is one file and one line here.
 *
 * The room's other doors are its files: `parametric-space`, `table-space`, `front`, `survivors`,
 * `non-dominated-sort`, `crowding`, `hypervolume`, `indicators`.
 */
import { UserError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { type AlgorithmDefinition, readOptions } from "./algorithm.ts";
import { exhaustive } from "./exhaustive.ts";
import { lemonade } from "./lemonade.ts";
import { nsga2 } from "./nsga2.ts";
import { random } from "./random.ts";
import { regularizedEvolution } from "./regularized-evolution.ts";
import type { Algorithm, Space } from "./types.ts";

export const algorithms: readonly AlgorithmDefinition[] = [
  exhaustive,
  random,
  nsga2,
  regularizedEvolution,
  lemonade,
];

export interface CreateOptions {
  readonly seed: number;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Continues bit for bit where the algorithm that gave this state stopped. */
  readonly state?: Json | undefined;
  /** Indices of the objectives that are known before the others; default: all are. */
  readonly cheap?: readonly number[];
}

/** Throws `UserError` on an unknown name, an unknown option or a value that is out of range. */
export function createAlgorithm(name: string, space: Space, given: CreateOptions): Algorithm {
  const definition = algorithms.find((a) => a.name === name);
  if (definition === undefined) {
    throw new UserError(`unknown search algorithm "${name}"`, {
      hint: `use one of ${algorithms.map((a) => a.name).join(", ")}`,
      exitCode: 2,
    });
  }
  const { options = {}, state, ...rest } = given;
  return definition.create(space, { ...rest, options: readOptions(definition, options), state });
}
