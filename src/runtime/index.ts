/** Runs graphs on ONNX Runtime. The browser build takes `web-engine.ts` itself instead. */
export { type CachedEngine, type CacheOptions, cachedEngine } from "./cached-engine.ts";
export { type DenseDType, denseTensor, isDense, tensorText } from "./dtypes.ts";
export { graphHash } from "./graph-hash.ts";
export { nodeEngine } from "./node-engine.ts";
export type {
  DenseTensor,
  Elements,
  Engine,
  RunOptions,
  Session,
  SessionOptions,
} from "./types.ts";
