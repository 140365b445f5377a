/** The formats that data sets are read from, and which of them lies at a path. */
import { join } from "node:path";
import { UserError } from "../../base/errors.ts";
import { withChannels } from "./channels.ts";
import { cifar } from "./cifar.ts";
import { csv } from "./csv.ts";
import { idx } from "./idx.ts";
import { imageFolder } from "./image-folder.ts";
import { openSource, type Source } from "./source.ts";
import {
  type Dataset,
  type DatasetReader,
  FORMAT_OPTIONS,
  type FormatOption,
  type ReadOptions,
} from "./types.ts";

/** In the order in which they are asked. */
export const READERS: readonly DatasetReader[] = [idx, ...cifar, imageFolder, csv];

/**
 * Reads the data set at a path, whatever its format.
 *
 * @throws UserError where nothing is there, no reader knows it, or it is damaged
 */
export async function readDataset(path: string, options: ReadOptions = {}): Promise<Dataset> {
  const { source, reader } = recognize(path);
  for (const [option, flag] of Object.entries(FORMAT_OPTIONS) as [FormatOption, string][])
    if (options[option] !== undefined && !reader.takes.includes(option)) {
      const takers = READERS.filter((each) => each.takes.includes(option));
      throw new UserError(
        `${path}: ${flag} is for ${takers.map((each) => each.format).join(", ")}, not for ${reader.format}`,
        { hint: `leave ${flag} out`, exitCode: 2 },
      );
    }
  return withChannels(await reader.read(source, options), options.channels);
}

/**
 * The name of the format at a path.
 *
 * @throws UserError where nothing is there, or no reader knows it
 */
export function datasetFormat(path: string): string {
  return recognize(path).reader.format;
}

function recognize(path: string): { readonly source: Source; readonly reader: DatasetReader } {
  const source = openSource(path);
  const reader = READERS.find((each) => each.recognizes(source));
  if (reader !== undefined) return { source, reader };
  // A folder around a download: what counts is the one archive in it.
  const archives =
    source.kind === "folder" ? source.names.filter((name) => ARCHIVE.test(name)) : [];
  if (archives.length === 1) return recognize(join(path, archives[0]!));
  throw unknown(source, path);
}

const ARCHIVE = /\.(tar\.gz|tgz|tar)$/i;

function unknown(source: Source, path: string): UserError {
  const some = source.names.slice(0, 3).join(", ");
  const pickled = source.names.some((name) =>
    /(^|\/)(data_batch_\d|batches\.meta|meta)$/.test(name),
  );
  if (pickled)
    return new UserError(`${path} is CIFAR in its Python version (${some})`, {
      hint: "download the binary version: cifar-10-binary.tar.gz",
      exitCode: 2,
    });
  const what = source.kind === "file" ? "" : `, it holds ${some}`;
  return new UserError(`${path} is no data set of a known format${what}`, {
    hint: `known: ${READERS.map((each) => each.format).join(", ")}`,
    exitCode: 2,
  });
}
