/** Options that name stages, or give each of them a value. */
import { UserError } from "../../base/errors.ts";
import type { OptionValues } from "./types.ts";

/**
 * The stages of places that are wanted, in order.
 *
 * @param what e.g. "attention: resnet20", for messages
 * @throws UserError for a stage that has none, naming those that have
 */
export function wantedStages(
  what: string,
  values: OptionValues,
  possible: Iterable<number>,
  places: string,
): readonly number[] {
  const found = [...new Set(possible)].sort((a, b) => a - b);
  if (values.at === "all") return found;
  const wanted = values.at as readonly number[];
  const missing = wanted.find((stage) => !found.includes(stage));
  if (missing !== undefined)
    throw new UserError(`${what} has no ${places} in stage ${missing}`, {
      hint: `stages that have: ${found.join(", ")}`,
      exitCode: 2,
    });
  return [...new Set(wanted)].sort((a, b) => a - b);
}

/**
 * An option's value in a stage: the same for all, or the stage's own.
 *
 * @throws UserError where it has not one value for each stage
 */
export function inStage(
  mechanism: string,
  option: string,
  values: OptionValues,
  stages: readonly number[],
): (stage: number) => number {
  const value = values[option];
  if (typeof value === "number") return () => value;
  const list = value as readonly number[];
  if (list.length !== stages.length)
    throw new UserError(
      `${mechanism}: ${option} has ${list.length} values (${list.join("+")}), and there are ${stages.length} stages: ${stages.join(", ")}`,
      { hint: "give one value for all, or one for each of these stages", exitCode: 2 },
    );
  return (stage) => list[stages.indexOf(stage)]!;
}
