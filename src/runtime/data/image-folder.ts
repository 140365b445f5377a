/**
 * Images by class: CLASS/FILE or SPLIT/CLASS/FILE in a folder or a tar archive. The classes are the
 * names of the folders in the order of their code units, the samples follow the names of their files.
 * Archives are read as a stream: nothing is unpacked to disk.
 */
import { UserError } from "../../base/errors.ts";
import { assemble, checkCorrupt } from "./assemble.ts";
import { cachedDataset } from "./cache.ts";
import { GrowingBytes } from "./growing.ts";
import { DECODE_AT_ONCE, type Decode, imageDecoder, isGrey } from "./image-decode.ts";
import { paced } from "./progress.ts";
import { emptyFolders, filesOf, type NamedFile, type Source } from "./source.ts";
import type {
  Dataset,
  DatasetReader,
  ReadOptions,
  SampleSet,
  SkippedSample,
  Split,
} from "./types.ts";

const IMAGE = /\.(png|jpe?g|webp|gif|tiff?|avif)$/i;
/** Images that sharp's binaries do not decode: lost data, not stray files. */
const FOREIGN_IMAGE = /\.(bmp|ppm|pgm|pbm|heic|jp2|jxl|psd|tga)$/i;
const SPLIT_NAMES: ReadonlyMap<string, Split> = new Map([
  ["train", "train"],
  ["training", "train"],
  ["val", "validation"],
  ["valid", "validation"],
  ["validation", "validation"],
  ["test", "test"],
  ["testing", "test"],
]);
const DECODED = "images decoded";
/** Bytes of all samples; more would not leave room to train. */
const MAX_BYTES = 2 ** 33;

export const imageFolder: DatasetReader = {
  format: "images by class",
  takes: ["size", "fit"],
  recognizes: (source) =>
    source.kind !== "file" && source.names.some((name) => IMAGE.test(name) && name.includes("/")),
  read: (source, options) => {
    checkEmpty(source);
    const { size, fit = "crop", cache, signal } = options;
    return cachedDataset(
      source,
      { reader: "images by class", size: size ?? null, fit },
      { folder: cache, ...(signal && { signal }) },
      () => decodeAll(source, options),
    );
  },
};

/** A class without images would otherwise not be there at all. */
function checkEmpty(source: Source): void {
  const [empty, ...others] = emptyFolders(source);
  if (empty === undefined) return;
  throw new UserError(
    `${source.path}: the folder ${empty}${others.length > 0 ? ` (and ${others.length} more)` : ""} is empty, a class without images`,
    { hint: "put its images there, or remove the folder" },
  );
}

async function decodeAll(source: Source, options: ReadOptions): Promise<Dataset> {
  const decode = await imageDecoder(options.size, options.fit ?? "crop");
  const gathered = new Gathered(source.path, options.size !== undefined);
  const stray: SkippedSample[] = [];
  const wanted = (name: string): boolean => {
    if (IMAGE.test(name) || FOREIGN_IMAGE.test(name)) return !isHidden(name);
    if (!isHidden(name) && name.includes("/")) stray.push({ where: name, reason: "not an image" });
    return false;
  };
  const tell = paced(options.onProgress);
  let done = 0;
  for await (const image of inOrder(filesOf(source, wanted), decode)) {
    options.signal?.throwIfAborted();
    gathered.add(image);
    tell({ done: ++done, what: DECODED, share: image.share });
  }
  tell({ done, what: DECODED, share: 1 }, true);
  return gathered.dataset(source.name, stray);
}

/** Also the resource forks that macOS puts into archives. */
const isHidden = (name: string) => name.split("/").some((part) => /^(\.|__MACOSX$)/.test(part));

interface DecodedFile {
  readonly name: string;
  readonly image: Awaited<ReturnType<Decode>> | { readonly reason: string };
  readonly share: number;
}

/** Decodes several at once and yields them in the order they came. */
async function* inOrder(
  files: AsyncIterable<NamedFile>,
  decode: Decode,
): AsyncGenerator<DecodedFile> {
  const waiting: Promise<DecodedFile>[] = [];
  for await (const { name, bytes, share } of files) {
    waiting.push(
      decode(bytes).then(
        (image) => ({ name, image, share }),
        (error: Error) => ({ name, image: { reason: reasonOf(error) }, share }),
      ),
    );
    if (waiting.length >= DECODE_AT_ONCE) yield await waiting.shift()!;
  }
  for (const each of waiting) yield await each;
}

/** The first line of what libvips says; where that only leads to the next, or to nothing, without its colon. */
export function reasonOf({ message }: Error): string {
  const [first = "", next = ""] = message.split("\n").map((line) => line.trim());
  if (!first.endsWith(":")) return first;
  return next === "" ? first.slice(0, -1) : `${first} ${next}`;
}

/** One split while it is read; labels stand for classes in the order they were first met. */
interface Part {
  readonly bytes: GrowingBytes;
  readonly names: string[];
  readonly labels: number[];
}

class Gathered {
  readonly #where: string;
  readonly #resized: boolean;
  readonly #parts = new Map<Split, Part>();
  readonly #met = new Map<string, number>();
  readonly #corrupt: SkippedSample[] = [];
  #first: { readonly name: string; readonly height: number; readonly width: number } | undefined;
  #layout:
    | { readonly name: string; readonly hasSplit: boolean; readonly depth: number }
    | undefined;
  #grey = true;
  #count = 0;

  constructor(where: string, resized: boolean) {
    this.#where = where;
    this.#resized = resized;
  }

  add({ name, image }: DecodedFile): void {
    const { split, className } = this.#place(name);
    this.#count++;
    if (!this.#met.has(className)) this.#met.set(className, this.#met.size);
    if ("reason" in image) {
      this.#corrupt.push({ where: name, reason: image.reason });
      return;
    }
    this.#first ??= { name, height: image.height, width: image.width };
    const { height, width } = this.#first;
    if (image.height !== height || image.width !== width)
      throw new UserError(
        `${this.#where}: ${name} is ${image.width}x${image.height} pixels, ${this.#first.name} ${width}x${height}`,
        {
          hint: `resize them all as they are read, e.g. --size ${Math.min(height, width)}`,
          exitCode: 2,
        },
      );
    this.#grey &&= isGrey(image.bytes);
    let part = this.#parts.get(split);
    if (part === undefined) {
      part = { bytes: new GrowingBytes(), names: [], labels: [] };
      this.#parts.set(split, part);
    }
    if (part.bytes.length + image.bytes.length > MAX_BYTES)
      throw new UserError(
        `${this.#where}: more than ${MAX_BYTES / 2 ** 30} GiB of pixels at ${width}x${height}`,
        {
          hint: this.#resized
            ? "choose a smaller --size"
            : "resize them as they are read: --size 64",
          exitCode: 2,
        },
      );
    part.bytes.push(image.bytes);
    part.names.push(name);
    part.labels.push(this.#met.get(className)!);
  }

  dataset(name: string, stray: readonly SkippedSample[]): Dataset {
    if (this.#first === undefined) {
      const [one] = this.#corrupt;
      throw new UserError(
        `${this.#where}: ${one ? `none of ${this.#count} images can be decoded; ${one.where}: ${one.reason}` : "no images"}`,
        { hint: "give PNG, JPEG or WebP files in one folder for each class" },
      );
    }
    checkCorrupt(this.#corrupt, this.#count, this.#where);
    const classes = [...this.#met.keys()].sort();
    const index = new Map(classes.map((each, i) => [each, i]));
    const order = Int32Array.from([...this.#met.keys()].map((each) => index.get(each)!));
    const splits: Partial<Record<Split, SampleSet>> = {};
    for (const [split, part] of this.#parts) splits[split] = this.#set(part, order);
    const skipped = [...this.#corrupt, ...stray];
    return assemble({ name, where: this.#where, classes, splits, skipped });
  }

  /** In the order of the names, so that a folder and an archive of it are the same data set. */
  #set({ bytes, names, labels }: Part, order: Int32Array): SampleSet {
    const { height, width } = this.#first!;
    const stored = 3 * height * width;
    const channels = this.#grey ? 1 : 3;
    const size = channels * height * width;
    const all = bytes.view();
    const samples = new Uint8Array(labels.length * size);
    const sorted = [...names.keys()].sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
    sorted.forEach((from, to) => {
      samples.set(all.subarray(from * stored, from * stored + size), to * size);
    });
    return {
      samples,
      shape: [channels, height, width],
      count: labels.length,
      labels: Int32Array.from(sorted, (from) => order[labels[from]!]!),
    };
  }

  /** The split and class that the folders of a file name. */
  #place(name: string): { readonly split: Split; readonly className: string } {
    const parts = name.split("/");
    const className = parts.at(-2);
    if (className === undefined)
      throw new UserError(`${this.#where}: ${name} lies in no folder of a class`, {
        hint: "put each image into the folder of its class",
      });
    const named = SPLIT_NAMES.get(parts.at(-3)?.toLowerCase() ?? "");
    if (SPLIT_NAMES.has(className.toLowerCase()))
      throw new UserError(
        `${this.#where}: ${name} lies in ${className}/ itself, not in the folder of a class`,
        { hint: `put each image into the folder of its class: ${className}/CLASS/FILE` },
      );
    const layout = { name, hasSplit: named !== undefined, depth: parts.length };
    this.#layout ??= layout;
    if (this.#layout.hasSplit !== layout.hasSplit || this.#layout.depth !== layout.depth)
      throw new UserError(
        `${this.#where}: ${this.#layout.name} and ${name} lie in folders of different order`,
        {
          hint: "use CLASS/FILE for all images, or SPLIT/CLASS/FILE (train, validation, test) for all",
        },
      );
    return { split: named ?? "train", className };
  }
}
