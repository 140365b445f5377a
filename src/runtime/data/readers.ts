/** The formats that data sets are read from, and which of them lies at a path. */
import { UserError } from "../../base/errors.ts";
import { withChannels } from "./channels.ts";
import { cifar } from "./cifar.ts";
import { csv } from "./csv.ts";
import { idx } from "./idx.ts";
import { imageFolder } from "./image-folder.ts";
import { openSource, type Source } from "./source.ts";
import type { Dataset, DatasetReader, ReadOptions } from "./types.ts";

/** In the order in which they are asked. */
export const READERS: readonly DatasetReader[] = [idx, ...cifar, imageFolder, csv];

/**
 * Reads the data set at a path, whatever its format.
 *
 * @throws UserError where nothing is there, no reader knows it, or it is damaged
 */
export async function readDataset(path: string, options: ReadOptions = {}): Promise<Dataset> {
  const source = openSource(path);
  const reader = READERS.find((each) => each.recognizes(source));
  if (reader === undefined) throw unknown(source, path);
  if (options.size !== undefined && reader !== imageFolder)
    throw new UserError(`${path}: a size is for folders of images, not ${reader.format}`, {
      hint: "leave --size out",
      exitCode: 2,
    });
  return withChannels(await reader.read(source, options), options.channels);
}

/** The name of the format at a path; undefined where no reader knows it. */
export function datasetFormat(path: string): string | undefined {
  const source = openSource(path);
  return READERS.find((each) => each.recognizes(source))?.format;
}

function unknown(source: Source, path: string): UserError {
  const some = source.names.slice(0, 3).join(", ");
  const pickled = source.names.some((name) =>
    /(^|\/)(data_batch_\d|batches\.meta|meta)$/.test(name),
  );
  if (pickled)
    return new UserError(`${path} is CIFAR in its Python version (${some})`, {
      hint: "download the binary version: cifar-10-binary.tar.gz",
    });
  const what = source.kind === "file" ? "" : `, it holds ${some}`;
  return new UserError(`${path} is no data set of a known format${what}`, {
    hint: `known: ${READERS.map((each) => each.format).join(", ")}`,
  });
}
