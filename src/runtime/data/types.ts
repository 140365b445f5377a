/** A data set in memory, and what its reader left out. */

/** Samples of one shape with integer labels. */
export interface SampleSet {
  /** Elements of all samples, one after the other: [count, ...shape]. Images are bytes, channels first. */
  readonly samples: Uint8Array | Float32Array;
  /** Of one sample: [channels, height, width] for images, [features] for tables. */
  readonly shape: readonly number[];
  readonly count: number;
  /** Index into the classes, for each sample. */
  readonly labels: Int32Array;
}

/** Something that a reader could not use. */
export interface SkippedSample {
  /** File, row or index. */
  readonly where: string;
  readonly reason: string;
}

export interface Dataset {
  readonly name: string;
  readonly classes: readonly string[];
  readonly train: SampleSet;
  /** Absent where the source has none; a split by seed then makes one. */
  readonly test?: SampleSet;
  readonly skipped: readonly SkippedSample[];
}
