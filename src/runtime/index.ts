/** Runs graphs on ONNX Runtime. */
export { nodeEngine } from "./node-engine.ts";
export type {
  DenseTensor,
  Elements,
  Engine,
  RunOptions,
  Session,
  SessionOptions,
} from "./types.ts";
