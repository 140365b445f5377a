/** Options of every verb that reads a data set. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { formatDuration } from "../report/index.ts";
import {
  FITS,
  type Fit,
  openDataset,
  type ReadOptions,
  type ReadProgress,
} from "../runtime/data/index.ts";
import { ProgressLine } from "./progress-line.ts";
import { warn } from "./talk.ts";

export const DATASET_HELP =
  "a data set of `tidemark data`, or a path: IDX or CIFAR files, images by class (folder or .tar.gz), a CSV";

export interface DatasetFlags {
  readonly size?: readonly [number, number];
  readonly fit?: Fit;
  readonly channels?: 1 | 3;
  readonly label?: string;
  readonly coarse?: boolean;
  /** False with --no-cache. */
  readonly cache?: boolean;
}

export function addDatasetOptions(command: Command): Command {
  return command
    .option("--size <pixels>", "folders of images: resize to N or HEIGHTxWIDTH", sizeOf)
    .addOption(
      new Option(
        "--fit <how>",
        "how images of another shape come to that size (default: crop)",
      ).choices(FITS),
    )
    .option("--channels <n>", "1: turn colour to grey; 3: repeat grey", channelsOf)
    .option("--label <column>", "CSV: the column of the classes (default: label, class or target)")
    .option("--coarse", "CIFAR-100: its 20 groups instead of its 100 classes")
    .option("--no-cache", "do not keep decoded images in the cache folder");
}

/** Opens the data set with progress on a terminal; what its reader has to say goes to stderr. */
export async function openWithTalk(reference: string, flags: DatasetFlags) {
  const line = new ProgressLine();
  try {
    const dataset = await openDataset(reference, {
      ...readOptions(flags),
      onProgress: showReading(line),
    });
    line.clear();
    for (const note of dataset.notes ?? []) warn(note);
    return dataset;
  } finally {
    line.clear();
  }
}

/** On the line: how much was read, of how much, and how long the rest may take. */
export function showReading(line: ProgressLine): (progress: ReadProgress) => void {
  const began = performance.now();
  return (progress) => line.show(readingText(progress, performance.now() - began));
}

/** Before so much was read the time that is left is a guess. */
const MEASURED_SHARE = 0.02;

export function readingText({ done, what, share }: ReadProgress, elapsedMs: number): string {
  const parts = [`${done.toLocaleString("en-US")} ${what}`];
  if (share !== undefined) parts.push(`${Math.floor(100 * share)} %`);
  if (share !== undefined && share >= MEASURED_SHARE && share < 1)
    parts.push(`${formatDuration((elapsedMs * (1 - share)) / share)} left`);
  return parts.join("   ");
}

export function readOptions(flags: DatasetFlags): ReadOptions {
  return {
    ...(flags.size && { size: flags.size }),
    ...(flags.fit && { fit: flags.fit }),
    ...(flags.channels && { channels: flags.channels }),
    ...(flags.label !== undefined && { label: flags.label }),
    ...(flags.coarse === true && { labels: "coarse" as const }),
    ...(flags.cache === false && { cache: false as const }),
  };
}

function sizeOf(text: string): readonly [number, number] {
  const [, height = "", width = height] = /^(\d{1,5})(?:x(\d{1,5}))?$/.exec(text) ?? [];
  const size = [Number(height), Number(width)] as const;
  if (height === "" || size.some((side) => side < 1))
    throw new InvalidArgumentError("expected pixels as N or HEIGHTxWIDTH, e.g. 32 or 64x48.");
  return size;
}

function channelsOf(text: string): 1 | 3 {
  if (text !== "1" && text !== "3") throw new InvalidArgumentError("expected 1 or 3.");
  return text === "1" ? 1 : 3;
}
