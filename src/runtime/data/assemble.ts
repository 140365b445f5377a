/** From what a reader found to a data set that fits together: the checks that all formats share. */
import { UserError } from "../../base/errors.ts";
import { type Dataset, type SampleSet, type SkippedSample, SPLITS, type Split } from "./types.ts";

/** Corrupt samples beyond this part of all are an error. */
export const MAX_CORRUPT = 0.01;

export interface Found {
  readonly name: string;
  /** The path, as messages show it. */
  readonly where: string;
  readonly classes: readonly string[];
  readonly splits: Readonly<Partial<Record<Split, SampleSet>>>;
  readonly skipped?: readonly SkippedSample[];
  readonly notes?: readonly string[];
}

/** @throws UserError for doubled class names, labels out of range, and a class that a split lacks */
export function assemble(found: Found): Dataset {
  const { name, where, classes, splits, skipped = [], notes = [] } = found;
  checkNames(classes, where);
  const { train } = splits;
  if (train === undefined || train.count === 0)
    throw new UserError(`${where}: no samples to train on`, {
      hint: "give samples in a train split, or without any split",
    });
  for (const split of SPLITS) {
    const set = splits[split];
    if (set === undefined) continue;
    if (String(set.shape) !== String(train.shape))
      throw new UserError(
        `${where}: samples are ${shapeText(train.shape)} in train, ${shapeText(set.shape)} in ${split}`,
        { hint: "bring all samples to one shape" },
      );
    checkLabels(set, split, classes, where);
  }
  return {
    name,
    classes,
    train,
    ...(splits.validation && { validation: splits.validation }),
    ...(splits.test && { test: splits.test }),
    skipped,
    ...(notes.length > 0 && { notes }),
  };
}

/** Samples of each class. */
export function classCounts(set: SampleSet, classes: number): number[] {
  const counts = Array.from({ length: classes }, () => 0);
  for (const label of set.labels) counts[label]!++;
  return counts;
}

/** @throws UserError where more than 1 % of the samples are corrupt, naming the first of them */
export function checkCorrupt(corrupt: readonly SkippedSample[], all: number, where: string): void {
  if (corrupt.length <= MAX_CORRUPT * all) return;
  const named = corrupt.slice(0, 5).map((s) => `${s.where}: ${s.reason}`);
  const more = corrupt.length - named.length;
  throw new UserError(
    `${where}: ${corrupt.length} of ${all} samples are corrupt, more than ${100 * MAX_CORRUPT} %:\n${named.join("\n")}${more > 0 ? `\nand ${more} more` : ""}`,
    { hint: "mend or remove them" },
  );
}

export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `${shape[0]} features` : shape.join("x");
}

function checkLabels(
  set: SampleSet,
  split: Split,
  classes: readonly string[],
  where: string,
): void {
  const bad = set.labels.findIndex((label) => label < 0 || label >= classes.length);
  if (bad >= 0)
    throw new UserError(
      `${where}: label ${set.labels[bad]} of sample ${bad} in ${split} is out of range: ${classes.length} classes are labelled 0 to ${classes.length - 1}`,
      { hint: "correct the labels, or the list of classes" },
    );
  const counts = classCounts(set, classes.length);
  const missing = classes.filter((_, i) => counts[i] === 0);
  if (missing.length > 0)
    throw new UserError(
      `${where}: ${split} has no sample of ${missing.length === 1 ? "class" : `${missing.length} classes:`} ${listed(missing)} (${classes.length} classes, ${set.count} samples)`,
      { hint: "add samples of it, or take the class out of every split" },
    );
}

function checkNames(classes: readonly string[], where: string): void {
  if (classes.length < 2)
    throw new UserError(
      `${where}: ${classes.length === 1 ? `one class only (${classes[0]})` : "no classes"}; a classifier needs at least two`,
      { hint: "give samples of two classes or more" },
    );
  const seen = new Map<string, string>();
  for (const name of classes) {
    const plain = name.normalize("NFC").trim().toLowerCase();
    const other = seen.get(plain);
    if (other !== undefined)
      throw new UserError(`${where}: classes '${other}' and '${name}' have the same name`, {
        hint: "join them, or rename one",
      });
    seen.set(plain, name);
  }
}

function listed(names: readonly string[]): string {
  return names.length <= 8
    ? names.join(", ")
    : `${names.slice(0, 8).join(", ")} and ${names.length - 8} more`;
}
