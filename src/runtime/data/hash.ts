/** What tells data sets apart. */
import { createHash } from "node:crypto";
import { type Dataset, type SampleSet, SPLITS } from "./types.ts";

/** SHA-256 over classes, shapes, samples and labels of all splits; not over names or paths. */
export function datasetHash(dataset: Dataset): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify(dataset.classes));
  for (const split of SPLITS) {
    const set = dataset[split];
    if (set === undefined) continue;
    hash.update(
      `\n${split} ${set.shape.join("x")} ${set.count} ${set.samples.BYTES_PER_ELEMENT}\n`,
    );
    for (const { buffer, byteOffset, byteLength } of [set.samples, set.labels])
      for (let at = 0; at < byteLength; at += PIECE)
        hash.update(new Uint8Array(buffer, byteOffset + at, Math.min(PIECE, byteLength - at)));
  }
  return hash.digest("hex");
}

/** A hash takes less than 2 GiB at once. */
const PIECE = 2 ** 30;

/** The content of each sample in short. */
export function sampleHashes({ samples, shape, count }: SampleSet): string[] {
  const bytes = shape.reduce((a, b) => a * b, samples.BYTES_PER_ELEMENT);
  return Array.from({ length: count }, (_, i) =>
    createHash("sha1")
      .update(new Uint8Array(samples.buffer, samples.byteOffset + i * bytes, bytes))
      .digest("base64"),
  );
}
