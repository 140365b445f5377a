/** What augmentations are made of. */
import type { Rng } from "../../../base/rng.ts";

/** Where the pixels of one sample come from; each augmentation changes its part. */
export interface Placement {
  /** Row and column of the source that the first row and column of the result show. */
  top: number;
  left: number;
  /** Whether columns run from right to left. */
  flipped: boolean;
  /** Rows and columns of the result that are blank: [top, bottom) x [left, right). */
  holeTop: number;
  holeBottom: number;
  holeLeft: number;
  holeRight: number;
}

/** Of one sample: draws what is to be done, from the sample's own stream. */
export type Place = (placement: Placement, rng: Rng) => void;

/** An augmentation by name with one number. */
export interface Augmentation {
  readonly name: string;
  readonly description: string;
  /** Taken where none is given. */
  readonly usual: number;
  /** What is allowed, in words, where `value` is not. */
  violation(value: number, height: number, width: number): string | undefined;
  /** Absent: it works on whole batches (`mixup`). */
  place?(value: number, height: number, width: number): Place;
}
