/**
 * IDX, the format of MNIST, Fashion-MNIST, KMNIST and EMNIST: pairs of files with images and labels,
 * plain or gzipped. Layout: two zero bytes, the element type, the number of dimensions, each
 * dimension as a big-endian uint32, the elements in row-major order (yann.lecun.com/exdb/mnist).
 */
import { basename, dirname, join } from "node:path";
import { UserError } from "../../base/errors.ts";
import { assemble } from "./assemble.ts";
import { unpacked } from "./gzip.ts";
import { filesOf, openSource, type Source } from "./source.ts";
import type { DatasetReader, SampleSet, Split } from "./types.ts";

interface Idx {
  readonly dims: readonly number[];
  readonly data: Uint8Array | Float32Array;
}

const TYPES: Readonly<Record<number, { bytes: number; read(view: DataView, at: number): number }>> =
  {
    8: { bytes: 1, read: (v, at) => v.getUint8(at) },
    9: { bytes: 1, read: (v, at) => v.getInt8(at) },
    11: { bytes: 2, read: (v, at) => v.getInt16(at) },
    12: { bytes: 4, read: (v, at) => v.getInt32(at) },
    13: { bytes: 4, read: (v, at) => v.getFloat32(at) },
    14: { bytes: 8, read: (v, at) => v.getFloat64(at) },
  };

const IDX_NAME = /(images|labels)[-._]?(idx\d)?([-._]ubyte)?(\.gz)?$/i;
/** One class a line, in the order of the labels. */
const CLASS_FILE = /(^|\/)classes\.txt$/i;

export const idx: DatasetReader = {
  format: "IDX",
  takes: [],
  recognizes: (source) =>
    source.kind === "file" ? isIdx(source.head) : source.names.some((name) => isPart(name)),
  read: async (given, options) => {
    const source = given.kind === "file" ? openSource(dirname(given.path)) : given;
    const parts = await load(source, given.kind === "file" ? basename(given.path) : undefined);
    const splits: Partial<Record<Split, SampleSet>> = {};
    for (const split of ["train", "validation", "test"] as const) {
      const images = parts.images.get(split);
      const labels = parts.labels.get(split);
      if (images || labels) splits[split] = pair(images, labels, split, given.path);
    }
    const classes = options.classes ?? parts.classes ?? counted(splits.train, given.path);
    return assemble({ name: given.name, where: given.path, classes, splits });
  },
};

interface Part {
  readonly name: string;
  readonly idx: Idx;
}

interface Parts {
  readonly images: Map<Split, Part>;
  readonly labels: Map<Split, Part>;
  readonly classes: readonly string[] | undefined;
}

const isPart = (name: string) => IDX_NAME.test(name) && /idx|ubyte/i.test(basename(name));

/** @param only the images file asked for; its labels lie beside it. Undefined: all pairs. */
async function load(source: Source, only: string | undefined): Promise<Parts> {
  const parts: Parts = { images: new Map(), labels: new Map(), classes: undefined };
  const partner = only?.replace(/images/i, "labels").replace(/idx3/i, "idx1");
  if (only !== undefined && partner === only)
    throw new UserError(`${only} holds no images, by its name`, {
      hint: "give the folder, or the file of the images",
      exitCode: 2,
    });
  let classes: readonly string[] | undefined;
  const wanted = (name: string) =>
    CLASS_FILE.test(name) ||
    (only === undefined ? isPart(name) : name === only || name === partner);
  for await (const { name, bytes } of filesOf(source, wanted)) {
    const where = source.kind === "folder" ? join(source.path, name) : `${source.path}: ${name}`;
    const plain = unpacked(bytes, where);
    if (CLASS_FILE.test(name)) {
      classes = new TextDecoder()
        .decode(plain)
        .split(/\r?\n/)
        .filter((line) => line.trim() !== "");
      continue;
    }
    const kind = /images/i.test(basename(name)) ? parts.images : parts.labels;
    const split = only === undefined ? splitOf(name) : "train";
    const twin = kind.get(split);
    // The same file plain and packed side by side is common.
    if (twin !== undefined && twin.name.replace(/\.gz$/i, "") !== name.replace(/\.gz$/i, ""))
      throw new UserError(`${source.path}: both ${twin.name} and ${name} hold ${split}`, {
        hint: "keep one data set in a folder, or give the path of one file of images",
        exitCode: 2,
      });
    kind.set(split, { name: where, idx: parse(plain, where) });
  }
  return { ...parts, classes };
}

function splitOf(name: string): Split {
  const base = basename(name);
  if (/t10k|test/i.test(base)) return "test";
  return /valid|(^|[-_.])val[-_.]/i.test(base) ? "validation" : "train";
}

function pair(
  images: Part | undefined,
  labels: Part | undefined,
  split: Split,
  where: string,
): SampleSet {
  if (images === undefined || labels === undefined)
    throw new UserError(
      `${where}: ${split} has ${images ? `images (${images.name}) but no labels` : `labels (${labels!.name}) but no images`}`,
      {
        hint: "put both files of the pair into the folder: …-images-idx3-ubyte, …-labels-idx1-ubyte",
      },
    );
  const [count = 0, ...rest] = images.idx.dims;
  const [labelCount = 0, ...inner] = labels.idx.dims;
  if (inner.length > 0 || rest.length === 0)
    throw new UserError(
      `${inner.length > 0 ? labels.name : images.name}: ${inner.length > 0 ? "labels" : "images"} in ${inner.length > 0 ? labels.idx.dims.length : 1} dimensions; expected ${inner.length > 0 ? "one" : "two or more"}`,
      { hint: "check which file is which" },
    );
  if (count !== labelCount)
    throw new UserError(
      `${where}: ${count} images in ${images.name}, ${labelCount} labels in ${labels.name}`,
      { hint: "take both files from the same data set" },
    );
  return {
    samples: images.idx.data,
    // Images without an axis of channels have one.
    shape: rest.length === 2 ? [1, ...rest] : rest,
    count,
    labels: Int32Array.from(labels.idx.data),
  };
}

/** Classes by their labels, where nothing names them. */
function counted(train: SampleSet | undefined, where: string): string[] {
  const labels = train?.labels ?? new Int32Array();
  const seen = new Set(labels);
  const most = labels.reduce((a, b) => Math.max(a, b), -1);
  const missing = firstMissing(seen);
  const above = [...seen].filter((label) => label > missing);
  // A single gap is more likely a class without samples, which is told as such.
  if (most + 1 - seen.size > above.length) {
    const stray = above.reduce((a, b) => Math.min(a, b));
    const at = labels.indexOf(stray);
    throw new UserError(
      `${where}: sample ${at} in train has label ${stray}, but no sample is labelled ${missing === stray - 1 ? missing : `${missing} to ${stray - 1}`}`,
      { hint: "correct the labels (0, 1, 2, …), or name all classes in classes.txt" },
    );
  }
  return Array.from({ length: most + 1 }, (_, i) => String(i));
}

function firstMissing(labels: ReadonlySet<number>): number {
  let label = 0;
  while (labels.has(label)) label++;
  return label;
}

function isIdx(head: Uint8Array): boolean {
  return head[0] === 0 && head[1] === 0 && head[2]! in TYPES && head[3]! >= 1 && head[3]! <= 4;
}

function parse(bytes: Uint8Array, where: string): Idx {
  if (bytes.length < 4 || !isIdx(bytes))
    throw new UserError(
      `${where} is no IDX file: it begins with ${[...bytes.subarray(0, 4)].map((b) => b.toString(16).padStart(2, "0")).join(" ")}`,
      { hint: "IDX files begin with 00 00, a type (08 for bytes) and the number of dimensions" },
    );
  const type = TYPES[bytes[2]!]!;
  const rank = bytes[3]!;
  const header = 4 + 4 * rank;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dims =
    bytes.length < header
      ? []
      : Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = dims.reduce((a, b) => a * b, 1);
  const expected = header + count * type.bytes;
  if (bytes.length < header || bytes.length !== expected)
    throw new UserError(
      `${where}: ${bytes.length} bytes, expected ${bytes.length < header ? `at least ${header}` : `${expected} for ${dims.join("x")}`}: the file is ${bytes.length < expected ? "cut off" : "longer than its header says"}`,
      { hint: "copy or download it again" },
    );
  if (bytes[2] === 8) return { dims, data: bytes.subarray(header) };
  const data = new Float32Array(count);
  for (let i = 0; i < count; i++) data[i] = type.read(view, header + i * type.bytes);
  return { dims, data };
}
