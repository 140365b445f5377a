/** How far an accuracy on held-out samples can be believed. */
import { warn } from "../../talk.ts";

/** Of an accuracy on so many samples: the binomial's, as a share. */
export function standardError(accuracy: number, samples: number): number {
  return Math.sqrt((accuracy * (1 - accuracy)) / samples);
}

export function certaintyText(accuracy: number, samples: number): string {
  const error = standardError(accuracy, samples);
  return `one sample is ${points(1 / samples)} points of accuracy, its standard error ${points(error)} points`;
}

/**
 * A warning where one sample is half of the drop that is asked for, or more. A drop of 0 asks for no difference
 * that could be too fine.
 *
 * @param drop points of accuracy
 */
export function warnOfFew(samples: number, drop: number | undefined): void {
  if (drop === undefined || drop === 0 || 100 / samples < drop / 2) return;
  warn(
    `${samples} samples are few for --drop ${drop}: one of them is ${points(1 / samples)} points, so other data may well drop by more; hold more back with --validation in the training`,
  );
}

const points = (share: number) => (100 * share).toFixed(2);
