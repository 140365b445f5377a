/**
 * CIFAR-10 and CIFAR-100 in the binary version: records of one or two label bytes and 3,072 bytes of
 * a 32x32 image, channels first (www.cs.toronto.edu/~kriz/cifar.html); a folder or the .tar.gz.
 */
import { UserError } from "../../base/errors.ts";
import { assemble } from "./assemble.ts";
import { filesOf, type Source } from "./source.ts";
import type { Dataset, DatasetReader, SampleSet, Split } from "./types.ts";

const SHAPE = [3, 32, 32] as const;
const IMAGE_BYTES = 3072;

interface Variant {
  readonly format: string;
  /** Names of files that only this variant has. */
  readonly recognized: RegExp;
  readonly batch: Readonly<Record<"train" | "test", RegExp>>;
  /** Files of the train split, where all are there. */
  readonly batches: number;
  /** Bytes before each image. */
  readonly labelBytes: number;
  /** Which of them is the label, its file of names and how many classes there are. */
  readonly label: Readonly<
    Record<
      "fine" | "coarse",
      { readonly byte: number; readonly names: RegExp; readonly count: number }
    >
  >;
}

const TEN = { byte: 0, names: /(^|\/)batches\.meta\.txt$/, count: 10 };

const VARIANTS: readonly Variant[] = [
  {
    format: "CIFAR-10 binary",
    recognized: /(^|\/)(data_batch_\d+|test_batch)\.bin$|(^|\/)batches\.meta\.txt$/,
    batch: { train: /(^|\/)data_batch_\d+\.bin$/, test: /(^|\/)test_batch\.bin$/ },
    batches: 5,
    labelBytes: 1,
    label: { fine: TEN, coarse: TEN },
  },
  {
    format: "CIFAR-100 binary",
    recognized: /(^|\/)(train|test)\.bin$|(^|\/)(fine|coarse)_label_names\.txt$/,
    batch: { train: /(^|\/)train\.bin$/, test: /(^|\/)test\.bin$/ },
    batches: 1,
    labelBytes: 2,
    label: {
      coarse: { byte: 0, names: /(^|\/)coarse_label_names\.txt$/, count: 20 },
      fine: { byte: 1, names: /(^|\/)fine_label_names\.txt$/, count: 100 },
    },
  },
];

export const cifar: readonly DatasetReader[] = VARIANTS.map((variant) => ({
  format: variant.format,
  takes: variant.label.fine === variant.label.coarse ? [] : ["labels"],
  recognizes: (source) =>
    source.kind !== "file" && source.names.some((name) => variant.recognized.test(name)),
  read: (source, options) => read(source, variant, options.labels ?? "fine", options.classes),
}));

async function read(
  source: Source,
  variant: Variant,
  which: "fine" | "coarse",
  given: readonly string[] | undefined,
): Promise<Dataset> {
  const { byte, names, count } = variant.label[which];
  const batches: Record<"train" | "test", { name: string; bytes: Uint8Array }[]> = {
    train: [],
    test: [],
  };
  let classes = given;
  const all = [variant.batch.train, variant.batch.test, names];
  for await (const file of filesOf(source, (name) => all.some((one) => one.test(name)))) {
    if (names.test(file.name)) {
      const lines = new TextDecoder().decode(file.bytes).split(/\r?\n/);
      classes ??= lines.map((line) => line.trim()).filter((line) => line !== "");
    } else batches[variant.batch.train.test(file.name) ? "train" : "test"].push(file);
  }
  const splits: Partial<Record<Split, SampleSet>> = {};
  for (const split of ["train", "test"] as const)
    if (batches[split].length > 0)
      splits[split] = unpack(source.path, batches[split], variant.labelBytes, byte);
  classes ??= Array.from({ length: count }, (_, i) => String(i));
  const { length } = batches.train;
  const notes =
    length < variant.batches
      ? [
          `${source.path} holds ${length} of the ${variant.batches} files of ${variant.format} to train on`,
        ]
      : [];
  return assemble({ name: source.name, where: source.path, classes, splits, notes });
}

function unpack(
  where: string,
  batches: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  labelBytes: number,
  byte: number,
): SampleSet {
  const record = labelBytes + IMAGE_BYTES;
  for (const { name, bytes } of batches)
    if (bytes.length % record !== 0 || bytes.length === 0)
      throw new UserError(
        `${where}: ${name} has ${bytes.length} bytes, not a multiple of ${record}: ${Math.floor(bytes.length / record)} images and ${bytes.length % record} bytes`,
        { hint: "the file is cut off or of another format; copy or download it again" },
      );
  const sorted = batches.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const count = sorted.reduce((n, { bytes }) => n + bytes.length / record, 0);
  const samples = new Uint8Array(count * IMAGE_BYTES);
  const labels = new Int32Array(count);
  let i = 0;
  for (const { bytes } of sorted)
    for (let at = 0; at < bytes.length; at += record, i++) {
      labels[i] = bytes[at + byte]!;
      samples.set(bytes.subarray(at + labelBytes, at + record), i * IMAGE_BYTES);
    }
  return { samples, shape: SHAPE, count, labels };
}
