/** Studies from the files of an exported page, which never change. */
import { decodePage } from "../../../src/server/api/columns.ts";
import { EXPORT_FILES, EXPORTED_NETWORKS } from "../../../src/server/api/export-files.ts";
import { slicePage } from "./pages.ts";
import { bytes, json, RequestError } from "./request.ts";
import type { Source } from "./source.ts";

const readOnly = async (): Promise<never> => {
  throw new RequestError(
    {
      message: "this page is an export: it shows studies, and changes none",
      hint: "`tidemark serve` runs them",
    },
    0,
  );
};

export const files: Source = {
  studies: () => json(`./${EXPORT_FILES.studies}`),
  study: (id) => named(json(`./${EXPORT_FILES.study(id)}`), `no study '${id}' in this export`),
  trials: async (id, from) =>
    slicePage(
      decodePage(
        await named(bytes(`./${EXPORT_FILES.trials(id)}`), `no study '${id}' in this export`),
      ),
      from,
    ),
  trialNetwork: async (id, trial) =>
    new Uint8Array(
      await named(
        bytes(`./${EXPORT_FILES.network(id, trial)}`),
        `the network of trial ${trial} is not in this export`,
        `it has those of a study's front, ${EXPORTED_NETWORKS} at most`,
      ),
    ),
  devices: () => json(`./${EXPORT_FILES.devices}`),
  start: readOnly,
  stop: readOnly,
  resume: readOnly,
  annotate: readOnly,
  listen: () => () => {},
};

/** A static host says of a missing file only that it is missing. */
async function named<T>(answer: Promise<T>, message: string, hint?: string): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 404) throw error;
    throw new RequestError({ message, ...(hint !== undefined && { hint }) }, 404);
  }
}
