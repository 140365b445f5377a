/** Data sets known by name: where each may lie, and where it is from. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import { readDataset } from "./readers.ts";
import type { Dataset, ReadOptions } from "./types.ts";

export interface KnownDataset {
  readonly name: string;
  readonly description: string;
  /** How to get it where it is absent. */
  readonly origin: string;
  /** Where packages put it. */
  readonly places: readonly string[];
  readonly options?: ReadOptions;
}

const FASHION_CLASSES = [
  "T-shirt/top",
  "Trouser",
  "Pullover",
  "Dress",
  "Coat",
  "Sandal",
  "Shirt",
  "Sneaker",
  "Bag",
  "Ankle boot",
];

export const KNOWN_DATASETS: readonly KnownDataset[] = [
  {
    name: "fashion-mnist-tiny",
    description: "500 + 200 images of Fashion-MNIST, 28x28 grey, 10 classes; comes with Tidemark",
    origin: "part of Tidemark",
    places: [fileURLToPath(new URL("../../../data/fashion-mnist-tiny", import.meta.url))],
    options: { classes: FASHION_CLASSES },
  },
  {
    name: "fashion-mnist",
    description: "60,000 + 10,000 articles of clothing, 28x28 grey, 10 classes",
    origin: "apt install dataset-fashion-mnist, or github.com/zalandoresearch/fashion-mnist",
    places: ["/usr/share/datasets/fashion-mnist"],
    options: { classes: FASHION_CLASSES },
  },
  {
    name: "mnist",
    description: "60,000 + 10,000 handwritten digits, 28x28 grey, 10 classes",
    origin: "the four IDX files of yann.lecun.com/exdb/mnist",
    places: [],
  },
  {
    name: "cifar10",
    description: "50,000 + 10,000 photographs, 32x32 colour, 10 classes",
    origin: "cifar-10-binary.tar.gz of www.cs.toronto.edu/~kriz/cifar.html",
    places: [],
  },
  {
    name: "cifar100",
    description: "50,000 + 10,000 photographs, 32x32 colour, 100 classes in 20 groups",
    origin: "cifar-100-binary.tar.gz of www.cs.toronto.edu/~kriz/cifar.html",
    places: [],
  },
];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where a known data set lies: `NAME`, `NAME.tar.gz` or `NAME.tar` in the folder of data sets
 * (`TIDEMARK_DATA`, else ~/tidemark-data), or where a package puts it. Undefined: nowhere.
 */
export function placeOf(
  known: KnownDataset,
  environment: Environment = process.env,
): string | undefined {
  const folder = datasetFolder(environment);
  const own = ["", ".tar.gz", ".tgz", ".tar", ".csv"].map((end) => join(folder, known.name + end));
  return [...own, ...known.places].find((path) => existsSync(path));
}

export function datasetFolder(environment: Environment = process.env): string {
  return resolve(environment.TIDEMARK_DATA || join(environment.HOME || homedir(), "tidemark-data"));
}

/**
 * A data set by its name or path. A path wins where both exist and it is written as one (`./mnist`).
 *
 * @throws UserError where there is none, or it is damaged
 */
export async function openDataset(reference: string, options: ReadOptions = {}): Promise<Dataset> {
  const known = KNOWN_DATASETS.find((each) => each.name === reference);
  if (known !== undefined) {
    const place = placeOf(known);
    if (place === undefined)
      throw new UserError(`the data set ${reference} is not on this machine`, {
        hint: `get it: ${known.origin}; put it at ${join(datasetFolder(), reference)}, or give its path`,
        exitCode: 2,
      });
    const dataset = await readDataset(place, { ...known.options, ...options });
    return { ...dataset, name: known.name };
  }
  if (!/[/\\.]/.test(reference) && !existsSync(reference)) {
    const names = KNOWN_DATASETS.map((each) => each.name);
    const near = suggest(reference, names);
    throw new UserError(`no data set and no path is named '${reference}'`, {
      hint:
        near === undefined ? `known: ${names.join(", ")}; or give a path` : `did you mean ${near}?`,
      exitCode: 2,
    });
  }
  return readDataset(reference, options);
}
