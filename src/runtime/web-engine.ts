/**
 * ONNX Runtime in the browser (and, for tests, its WebAssembly build in Node). Nothing here or below
 * imports a `node:` module; the runtime itself is loaded by the first session.
 */
import type { env as OrtEnv } from "onnxruntime-node";
import { UserError } from "../base/errors.ts";
import type { Graph } from "../graph/types.ts";
import { type OrtModule, openOrtSession } from "./ort-session.ts";
import type { Engine, Session, SessionOptions } from "./types.ts";

type WebModule = OrtModule & { readonly env: typeof OrtEnv };

const NAME = "ONNX Runtime Web";

/** The number of threads is fixed when WebAssembly starts. */
let threadsInUse: number | undefined;

/** Where `provider` is "webgpu", `navigator.gpu` must be there; "cpu" is WebAssembly. */
export const webEngine: Engine = {
  name: NAME,
  async open(graph: Graph, options: SessionOptions = {}): Promise<Session> {
    const { provider = "cpu", optimize = "all", threads = threadsInUse ?? 1 } = options;
    const ort = await load(provider);
    if (!Number.isSafeInteger(threads) || threads < 1)
      throw new UserError(`${threads} threads were asked for`, {
        hint: "give a whole number from 1",
      });
    if (threadsInUse !== undefined && threadsInUse !== threads)
      throw new UserError(
        `${threads} threads were asked for, but ${NAME} runs with ${threadsInUse}`,
        {
          hint: "give every session the same number, or load the page anew",
        },
      );
    threadsInUse = threads;
    ort.env.wasm.numThreads = threads;
    ort.env.logLevel = "fatal";
    return openOrtSession(ort, NAME, graph, {
      executionProviders: [provider === "cpu" ? "wasm" : provider],
      graphOptimizationLevel: optimize === "none" ? "disabled" : optimize,
      logSeverityLevel: 4,
    });
  },
};

async function load(provider: "cpu" | "webgpu"): Promise<WebModule> {
  if (provider === "cpu") return (await import("onnxruntime-web/wasm")) as unknown as WebModule;
  const gpu = (globalThis as { navigator?: { gpu?: unknown } }).navigator?.gpu;
  if (gpu === undefined)
    throw new UserError("WebGPU is not there in this browser", {
      hint: "use a current browser with WebGPU switched on, or the provider cpu",
    });
  return (await import("onnxruntime-web/webgpu")) as unknown as WebModule;
}
