/** Data sets: reading, checking, splitting, augmenting, batching. */
export { classCounts, shapeText } from "./assemble.ts";
export {
  AUGMENTATIONS,
  type AugmentOptions,
  checkAugment,
  parseAugment,
} from "./augment/index.ts";
export { type Batch, Batches, type BatchOptions } from "./batches.ts";
export { datasetHash } from "./hash.ts";
export { type Inspection, inspectDataset, type Leak } from "./inspect.ts";
export {
  datasetFolder,
  KNOWN_DATASETS,
  type KnownDataset,
  openDataset,
  placeOf,
} from "./known.ts";
export {
  elementScale,
  type Normalization,
  normalizationOf,
  type SampleView,
  wholeSet,
} from "./normalization.ts";
export type { ReadProgress } from "./progress.ts";
export { datasetFormat, READERS, readDataset } from "./readers.ts";
export { type Halves, holdOut } from "./split.ts";
export * from "./types.ts";
