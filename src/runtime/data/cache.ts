/**
 * Decoded data sets on disk: NAME-KEY.bin with samples and labels of each split one after the other,
 * and NAME-KEY.json, which says what lies where and the hash of it all. The JSON is written last, and
 * both appear whole or not at all; what does not match is made anew.
 */
import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder } from "../folder.ts";
import { datasetCacheFolder } from "./cache-folder.ts";
import { fingerprint, type Source } from "./source.ts";
import { type Dataset, type SampleSet, SPLITS, type Split } from "./types.ts";

/** Raise it when what readers make of the same files changes. */
const VERSION = 1;
/** Node reads and writes at most 2 GiB at once. */
const PIECE = 2 ** 30;

const Skipped = z.object({ where: z.string(), reason: z.string() });
const Part = z.object({
  split: z.enum(SPLITS),
  count: z.int().positive(),
  shape: z.array(z.int().positive()).min(1),
});
const Index = z.object({
  format: z.literal("tidemark-dataset-cache"),
  version: z.literal(VERSION),
  bytes: z.int().positive(),
  sha256: z.string(),
  name: z.string(),
  classes: z.array(z.string()),
  parts: z.array(Part),
  skipped: z.array(Skipped),
});
type Index = z.infer<typeof Index>;

export interface CacheOptions {
  /** Undefined: the user's cache folder; false: no cache. */
  readonly folder: string | false | undefined;
  readonly signal?: AbortSignal;
}

/**
 * The data set as it was kept, or as `make` makes it; it is kept then. A cache that cannot be written
 * is a note, not an error.
 *
 * @param how all that changes what `make` makes of the same files
 */
export async function cachedDataset(
  source: Source,
  how: Readonly<Record<string, unknown>>,
  options: CacheOptions,
  make: () => Promise<Dataset>,
): Promise<Dataset> {
  if (options.folder === false) return make();
  const folder = options.folder ?? datasetCacheFolder();
  const hash = createHash("sha256").update(JSON.stringify({ VERSION, path: source.path, ...how }));
  for (const line of fingerprint(source)) hash.update(line);
  const name = source.name.replaceAll(/[^\w.-]/g, "_").slice(0, 60);
  const base = join(folder, `${name}-${hash.digest("hex").slice(0, 16)}`);
  const kept = await read(base);
  if (kept !== undefined) return kept;
  const made = await make();
  options.signal?.throwIfAborted();
  try {
    makeFolder(folder);
    await write(base, made);
    return made;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const note = `the decoded images could not be kept in ${folder} (${message}); they are decoded again next time`;
    return { ...made, notes: [...(made.notes ?? []), note] };
  }
}

/** Undefined where there is none, or it is broken. */
async function read(base: string): Promise<Dataset | undefined> {
  let index: Index;
  let file: FileHandle;
  try {
    index = Index.parse(JSON.parse(await readFile(`${base}.json`, "utf8")));
    file = await open(`${base}.bin`, "r");
  } catch {
    return undefined;
  }
  try {
    const { size } = await file.stat();
    if (size !== index.bytes || size !== sizeOf(index)) return undefined;
    const bytes = new Uint8Array(size);
    const hash = createHash("sha256");
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, size - at), at);
      if (bytesRead === 0) return undefined;
      hash.update(bytes.subarray(at, at + bytesRead));
      at += bytesRead;
    }
    if (hash.digest("hex") !== index.sha256) return undefined;
    return datasetOf(index, bytes);
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

function datasetOf(index: Index, bytes: Uint8Array): Dataset {
  const splits: Partial<Record<Split, SampleSet>> = {};
  let at = 0;
  for (const { split, count, shape } of index.parts) {
    const length = count * elements(shape);
    const samples = bytes.subarray(at, at + length);
    const labels = new Int32Array(bytes.slice(at + length, at + length + 4 * count).buffer);
    splits[split] = { samples, shape, count, labels };
    at += length + 4 * count;
  }
  const { train, validation, test } = splits;
  const { name, classes, skipped } = index;
  return {
    name,
    classes,
    train: train!,
    ...(validation && { validation }),
    ...(test && { test }),
    skipped,
  };
}

async function write(base: string, dataset: Dataset): Promise<void> {
  const parts: z.infer<typeof Part>[] = [];
  const pieces: Uint8Array[] = [];
  for (const split of SPLITS) {
    const set = dataset[split];
    if (set === undefined) continue;
    parts.push({ split, count: set.count, shape: [...set.shape] });
    for (const { buffer, byteOffset, byteLength } of [set.samples, set.labels])
      for (let at = 0; at < byteLength; at += PIECE)
        pieces.push(new Uint8Array(buffer, byteOffset + at, Math.min(PIECE, byteLength - at)));
  }
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  const index: Index = {
    format: "tidemark-dataset-cache",
    version: VERSION,
    bytes: pieces.reduce((n, piece) => n + piece.length, 0),
    sha256: hash.digest("hex"),
    name: dataset.name,
    classes: [...dataset.classes],
    parts,
    skipped: [...dataset.skipped],
  };
  await replace(`${base}.bin`, pieces);
  await replace(`${base}.json`, [new TextEncoder().encode(JSON.stringify(index))]);
}

async function replace(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    const file = await open(temporary, "wx");
    try {
      for (const piece of pieces) await writeFile(file, piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function sizeOf(index: Index): number {
  return index.parts.reduce((n, { count, shape }) => n + count * (elements(shape) + 4), 0);
}

const elements = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
