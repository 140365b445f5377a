/** Splitting samples by seed, each class in the same proportion. */
import { UserError } from "../../base/errors.ts";
import { stream } from "../../base/rng.ts";
import type { SampleView } from "./normalization.ts";

export interface Halves {
  readonly kept: SampleView;
  readonly held: SampleView;
}

/**
 * Holds back a fraction of each class, at least one sample and never all.
 *
 * @param purpose part of the random stream, so that two splits of one seed differ
 * @throws UserError where a class has but one sample
 */
export function holdOut(
  view: SampleView,
  classes: readonly string[],
  fraction: number,
  seed: number,
  purpose: string,
): Halves {
  const { set, indices } = view;
  const byClass: number[][] = classes.map(() => []);
  for (const index of indices) byClass[set.labels[index]!]!.push(index);
  const kept: number[] = [];
  const held: number[] = [];
  byClass.forEach((members, label) => {
    if (members.length === 1)
      throw new UserError(
        `class ${classes[label]} has one sample; none can be held back for ${purpose}`,
        { hint: "add samples of it, or use a data set with its own split", exitCode: 2 },
      );
    if (members.length === 0) return;
    const count = Math.min(members.length - 1, Math.max(1, Math.round(fraction * members.length)));
    const shuffled = stream(seed, `data/split/${purpose}`, label).shuffle(members);
    held.push(...shuffled.slice(0, count));
    kept.push(...shuffled.slice(count));
  });
  const ordered = (list: number[]) => Int32Array.from(list).sort();
  return { kept: { set, indices: ordered(kept) }, held: { set, indices: ordered(held) } };
}
