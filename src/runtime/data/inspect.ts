/** What is to be known of a data set before one trains on it. */
import { classCounts } from "./assemble.ts";
import { sampleHashes } from "./hash.ts";
import { type Normalization, normalizationOf, wholeSet } from "./normalization.ts";
import { type Dataset, SPLITS, type Split } from "./types.ts";

/** A sample that occurs in the train split and in another. */
export interface Leak {
  readonly split: Split;
  /** Index in that split, and of the first equal sample in train. */
  readonly index: number;
  readonly trainIndex: number;
  readonly label: string;
  readonly trainLabel: string;
}

export interface Inspection {
  readonly splits: readonly {
    readonly split: Split;
    readonly count: number;
    /** Of each class, in the order of the classes. */
    readonly perClass: readonly number[];
    /** Samples equal to an earlier one of the same split. */
    readonly repeated: number;
  }[];
  /** Of the train split. */
  readonly normalization: Normalization;
  readonly leaks: readonly Leak[];
}

export function inspectDataset(dataset: Dataset): Inspection {
  const { classes, train } = dataset;
  const first = new Map<string, number>();
  const leaks: Leak[] = [];
  const splits = SPLITS.flatMap((split) => {
    const set = dataset[split];
    if (set === undefined) return [];
    const own = new Set<string>();
    let repeated = 0;
    sampleHashes(set).forEach((hash, index) => {
      if (own.has(hash)) repeated++;
      own.add(hash);
      if (split === "train") {
        if (!first.has(hash)) first.set(hash, index);
        return;
      }
      const trainIndex = first.get(hash);
      if (trainIndex === undefined) return;
      const label = classes[set.labels[index]!]!;
      const trainLabel = classes[train.labels[trainIndex]!]!;
      leaks.push({ split, index, trainIndex, label, trainLabel });
    });
    return [{ split, count: set.count, perClass: classCounts(set, classes.length), repeated }];
  });
  return { splits, normalization: normalizationOf(wholeSet(train)), leaks };
}
