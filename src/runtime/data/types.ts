/** A data set in memory, how it is read, and what its reader left out. */
import type { ReadProgress } from "./progress.ts";
import type { Source } from "./source.ts";

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

/** The parts of a data set, in the order in which they are shown. */
export const SPLITS = ["train", "validation", "test"] as const;
export type Split = (typeof SPLITS)[number];

export interface Dataset {
  readonly name: string;
  readonly classes: readonly string[];
  readonly train: SampleSet;
  /** Absent where the source has none; a split by seed then makes one. */
  readonly validation?: SampleSet;
  /** Absent where the source has none; a split by seed then makes one. */
  readonly test?: SampleSet;
  readonly skipped: readonly SkippedSample[];
  /** What went another way than planned while it was read, e.g. a cache that could not be written. */
  readonly notes?: readonly string[];
}

export const FITS = ["crop", "stretch", "pad"] as const;
/** How an image of another shape comes to the size asked for: cut at the centre, distorted, or with black bars. */
export type Fit = (typeof FITS)[number];

/** What a reader may be told; each takes what concerns it and refuses what it cannot do. */
export interface ReadOptions {
  /** Folders of images: height and width of all samples; images of other sizes are resized. */
  readonly size?: readonly [height: number, width: number];
  /** Folders of images: default `crop`. */
  readonly fit?: Fit;
  /** Images: 1 turns colour into grey (luma), 3 repeats grey. Default: as the files are. */
  readonly channels?: 1 | 3;
  /** CSV: the column of the classes. Default: a column called label, class or target. */
  readonly label?: string;
  /** CIFAR-100: its 100 classes or their 20 groups. Default `fine`. */
  readonly labels?: "fine" | "coarse";
  /** Names of the classes in the order of their labels, for files that hold none. */
  readonly classes?: readonly string[];
  /** Where decoded images are kept; false: nowhere. Default: `tidemark/datasets` in the user's cache folder. */
  readonly cache?: string | false;
  /** Told now and then while much is read, and at the end of it. */
  readonly onProgress?: (progress: ReadProgress) => void;
  readonly signal?: AbortSignal;
}

/** Options that concern some formats only, with how they are written on a command line. */
export const FORMAT_OPTIONS = {
  size: "--size",
  fit: "--fit",
  label: "--label",
  labels: "--coarse",
} as const satisfies Partial<Record<keyof ReadOptions, string>>;
export type FormatOption = keyof typeof FORMAT_OPTIONS;

/** One format of data sets on disk. */
export interface DatasetReader {
  /** As a user would call it, e.g. `CIFAR-10 binary`. */
  readonly format: string;
  /** Which of the options that concern some formats only it takes. */
  readonly takes: readonly FormatOption[];
  /** Whether it is what lies at the source, by names and first bytes alone. */
  recognizes(source: Source): boolean;
  /** @throws UserError where the files contradict themselves or the format, or too many are damaged */
  read(source: Source, options: ReadOptions): Promise<Dataset>;
}
