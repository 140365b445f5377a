/** The data sets of a child process, each read once whatever number of designs is trained on it. */
import { type Dataset, openDataset } from "../../runtime/data/index.ts";

export interface DataReference {
  /** Name or path. */
  readonly data: string;
  /** What the network takes, where images can be brought to it. */
  readonly channels?: 1 | 3 | undefined;
}

const datasets = new Map<string, Promise<Dataset>>();

/** @throws UserError where it cannot be read */
export function datasetOf({ data, channels }: DataReference): Promise<Dataset> {
  const key = JSON.stringify([data, channels]);
  let found = datasets.get(key);
  if (found === undefined) {
    found = openDataset(data, channels === undefined ? {} : { channels });
    datasets.set(key, found);
  }
  return found;
}
