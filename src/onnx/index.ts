/** ONNX files to graphs and back. */
export type { ExternalFile, ExternalFiles } from "./context.ts";
export { openOnnx } from "./file.ts";
export { type OnnxModel, OPSETS, type ReadOptions, readOnnx } from "./read.ts";
export { type SaveOptions, saveOnnx } from "./save.ts";
export { writeOnnx } from "./write.ts";
