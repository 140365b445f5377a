/** The data sets of a child process, each read once whatever number of designs is trained on it. */
import { UserError } from "../../base/errors.ts";
import { withChannels } from "../../runtime/data/channels.ts";
import { type Dataset, openDataset, type ReadOptions } from "../../runtime/data/index.ts";
import { EnvironmentFault } from "../environment.ts";

export interface DataReference {
  /** Name or path. */
  readonly data: string;
  /** What the study says of the reading. */
  readonly read: Pick<ReadOptions, "size" | "fit" | "channels" | "label" | "labels">;
  /** What the network takes; images are brought to it where the study says nothing else. */
  readonly channels?: 1 | 3 | undefined;
}

const datasets = new Map<string, Promise<Dataset>>();

/** @throws UserError where it cannot be read */
export function datasetOf({ data, read, channels }: DataReference): Promise<Dataset> {
  const key = JSON.stringify([data, read, channels]);
  let found = datasets.get(key);
  if (found === undefined) {
    found = open(data, read, channels);
    datasets.set(key, found);
    // What the machine refused it may grant the next time.
    found.catch(() => datasets.delete(key));
  }
  return found;
}

async function open(
  data: string,
  read: DataReference["read"],
  channels: 1 | 3 | undefined,
): Promise<Dataset> {
  const dataset = await openDataset(data, read);
  const { shape } = dataset.train;
  const areImages = shape.length === 3 && (shape[0] === 1 || shape[0] === 3);
  return read.channels === undefined && areImages ? withChannels(dataset, channels) : dataset;
}

/**
 * For designs: the data was read when the study began.
 *
 * @throws EnvironmentFault where it cannot be read any more
 */
export async function datasetAgain(reference: DataReference): Promise<Dataset> {
  try {
    return await datasetOf(reference);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new EnvironmentFault(
      error.message,
      "bring the data back as the study began with it",
      error,
    );
  }
}
