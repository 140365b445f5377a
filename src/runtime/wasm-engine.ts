/**
 * ONNX Runtime's WebAssembly build: in the browser, and for tests in Node. Nothing here or below
 * imports a `node:` module; the runtime itself is loaded by the first session.
 */
import type { env as OrtEnv } from "onnxruntime-node";
import { UserError } from "../base/errors.ts";
import type { Graph } from "../graph/types.ts";
import { type OrtModule, openOrtSession } from "./ort-session.ts";
import type { Engine, Session, SessionOptions } from "./types.ts";

export type WebModule = OrtModule & { readonly env: typeof OrtEnv };

const NAME = "ONNX Runtime Web";

/** The number of threads is fixed when WebAssembly starts. */
let threadsInUse: number | undefined;

export async function openWebSession(
  ort: WebModule,
  graph: Graph,
  options: SessionOptions,
): Promise<Session> {
  const { provider = "cpu", optimize = "all", threads = threadsInUse ?? 1 } = options;
  if (!Number.isSafeInteger(threads) || threads < 1)
    throw new UserError(`${threads} threads were asked for`, {
      hint: "give a whole number from 1",
    });
  if (threadsInUse !== undefined && threadsInUse !== threads)
    throw new UserError(
      `${threads} threads were asked for, but ${NAME} runs with ${threadsInUse}`,
      { hint: "give every session the same number, or load the page anew" },
    );
  threadsInUse = threads;
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "fatal";
  return openOrtSession(ort, NAME, graph, {
    executionProviders: [provider === "cpu" ? "wasm" : provider],
    graphOptimizationLevel: optimize === "none" ? "disabled" : optimize,
    logSeverityLevel: 4,
  });
}

export const loadWasm = async (): Promise<WebModule> =>
  (await import("onnxruntime-web/wasm")) as unknown as WebModule;

/** WebAssembly alone: an app that is built of it carries no other runtime. */
export const wasmEngine: Engine = {
  name: NAME,
  open: async (graph, options = {}) =>
    openWebSession(await loadWasm(), graph, { ...options, provider: "cpu" }),
};
