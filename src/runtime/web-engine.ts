/** ONNX Runtime in the browser, on WebAssembly or WebGPU. */
import { UserError } from "../base/errors.ts";
import type { Engine } from "./types.ts";
import { loadWasm, openWebSession, type WebModule, wasmEngine } from "./wasm-engine.ts";

/** Where `provider` is "webgpu", `navigator.gpu` must be there; "cpu" is WebAssembly. */
export const webEngine: Engine = {
  name: wasmEngine.name,
  open: async (graph, options = {}) =>
    openWebSession(await load(options.provider ?? "cpu"), graph, options),
};

async function load(provider: "cpu" | "webgpu"): Promise<WebModule> {
  if (provider === "cpu") return loadWasm();
  const gpu = (globalThis as { navigator?: { gpu?: unknown } }).navigator?.gpu;
  if (gpu === undefined)
    throw new UserError("WebGPU is not there in this browser", {
      hint: "use a current browser with WebGPU switched on, or the provider cpu",
    });
  return (await import("onnxruntime-web/webgpu")) as unknown as WebModule;
}
