/** Two classifiers on the same samples: how much accuracy one loses against the other, and how surely. */
import { normalQuantile } from "../../base/normal.ts";

export interface Paired {
  readonly samples: number;
  /** Samples that only the reference answers rightly. */
  readonly lost: number;
  /** Samples that only the other one does. */
  readonly gained: number;
}

/** @param reference 1 where the classifier that is compared with is right, as `other` */
export function paired(reference: Uint8Array, other: Uint8Array): Paired {
  let [lost, gained] = [0, 0];
  for (let i = 0; i < reference.length; i++) {
    if (reference[i]! > other[i]!) lost++;
    else if (reference[i]! < other[i]!) gained++;
  }
  return { samples: reference.length, lost, gained };
}

/** Accuracy lost, as a share; below 0 where some is gained. */
export const lossOf = ({ samples, lost, gained }: Paired): number => (lost - gained) / samples;

/** Standard error of `lossOf`: that of the mean of -1, 0 and 1. */
export function lossError(counts: Paired): number {
  const { samples, lost, gained } = counts;
  return Math.sqrt(((lost + gained) / samples - lossOf(counts) ** 2) / samples);
}

/**
 * The score statistic of the hypothesis that the loss is `margin` or more: about standard normal where it is
 * exactly that, far below 0 where it is less. Tango 1998, "Equivalence test and confidence interval for the
 * difference in proportions for the paired-sample design", equations 15 to 18: the standard error is that of
 * the likeliest probabilities under the hypothesis, so that it holds for few samples too, and for none that
 * differ. At margin 0 it is McNemar's.
 *
 * @param margin above -1 and below 1
 */
export function scoreStatistic({ samples: n, lost, gained }: Paired, margin: number): number {
  const a = 2 * n;
  const b = -lost - gained + (2 * n - lost + gained) * margin;
  const c = -gained * margin * (1 - margin);
  const root = Math.sqrt(Math.max(0, b * b - 4 * a * c));
  // The same root in the form in which nothing cancels.
  const q = b > 0 ? (-2 * c) / (b + root) : (root - b) / (2 * a);
  const variance = n * (2 * q + margin * (1 - margin));
  const distance = lost - gained - n * margin;
  return variance > 0 ? distance / Math.sqrt(variance) : distance === 0 ? 0 : distance * Infinity;
}

/** Fewest samples with which a loss of at most `margin` can be told, were no sample lost. */
export function samplesFor(margin: number, confidence: number): number {
  return Math.ceil((normalQuantile(confidence) ** 2 * (1 - margin)) / margin);
}
