/** Runs of layers computed at the active blocks of a feature map only, in standard ONNX operators. */
export { type BlockGeometry, type Halo, haloOf } from "./halo.ts";
export { type RegionMacs, regionMacs } from "./macs.ts";
export { regionGaps } from "./steps.ts";
export { type BlockRegion, type BlockSource, blockSource, type RegionGap } from "./types.ts";
export { type BlockOptions, BlockWriter } from "./writer.ts";
