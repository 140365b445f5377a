/** The parts of a data set that a training uses: its own splits, or samples held back by seed. */
import { type Dataset, holdOut, type SampleView, type Split, wholeSet } from "../data/index.ts";
import type { Recipe } from "./trainer-recipe.ts";

export type TrainingViews = Readonly<Partial<Record<Split, SampleView>>> & {
  readonly train: SampleView;
};

export function splitViews(dataset: Dataset, { seed, validation, test }: Recipe): TrainingViews {
  let train = wholeSet(dataset.train);
  const views: Partial<Record<Split, SampleView>> = {};
  for (const [split, share] of [
    ["test", test],
    ["validation", validation],
  ] as const) {
    const own = dataset[split];
    if (own !== undefined) views[split] = wholeSet(own);
    else if (share > 0) {
      const { kept, held } = holdOut(train, dataset.classes, share, seed, split);
      views[split] = held;
      train = kept;
    }
  }
  return { ...views, train };
}
