/** The kernels that are timed. */
export { type ChaseOptions, chase } from "./chase.ts";
export { CONV_TILE, type ConvSizes, conv } from "./conv.ts";
export { empty } from "./empty.ts";
export { type FmaOptions, fma } from "./fma.ts";
export { MATMUL_TILE, type MatmulSizes, matmul } from "./matmul.ts";
export { copy, triad } from "./stream.ts";
