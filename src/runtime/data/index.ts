/** Data sets: reading, checking, splitting, augmenting, batching. */
export { classCounts, shapeText } from "./assemble.ts";
export { KNOWN_DATASETS, type KnownDataset, openDataset, placeOf } from "./known.ts";
export { datasetFormat, readDataset } from "./readers.ts";
export * from "./types.ts";
