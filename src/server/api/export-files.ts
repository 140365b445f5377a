/** Where an exported page's data lie, relative to it: written by the export, read by the page. */
export const EXPORT_FILES = {
  studies: "data/studies.json",
  study: (id: number) => `data/studies/${id}.json`,
  trials: (id: number) => `data/studies/${id}/trials.bin`,
  network: (id: number, trial: number) => `data/studies/${id}/networks/${trial}.onnx`,
  devices: "data/devices.json",
} as const;

/** Networks of a study's front that an export holds at most. */
export const EXPORTED_NETWORKS = 100;
