/** ONNX Runtime on Node: on the CPU, or on a GPU through its WebGPU provider. */
import type * as Ort from "onnxruntime-node";
import { UserError } from "../base/errors.ts";
import type { Graph } from "../graph/types.ts";
import { blockedLayout, blockSize, hasComputedKernels } from "./blocked/index.ts";
import { openOrtSession } from "./ort-session.ts";
import type { Engine, Session, SessionOptions } from "./types.ts";

/** Its native library is loaded by the first session (some 0.1 s), not by an import of this file. */
let loading: Promise<typeof import("onnxruntime-node")> | undefined;

async function load() {
  loading ??= import("onnxruntime-node").then((module) => {
    // What matters is thrown; warnings about hardware that is not there would go to stderr.
    module.env.logLevel = "fatal";
    return module;
  });
  try {
    return await loading;
  } catch (error) {
    throw new UserError(
      `ONNX Runtime cannot be loaded on ${process.platform}-${process.arch}: ${(error as Error).message}`,
      {
        hint: "it comes in the npm package onnxruntime-node, for Linux, macOS (arm64) and Windows; run npm ci",
        cause: error,
      },
    );
  }
}

export const nodeEngine: Engine = {
  name: "ONNX Runtime",
  async open(graph: Graph, options: SessionOptions = {}): Promise<Session> {
    const ort = await load();
    return openOrtSession(ort, nodeEngine.name, await laidOut(graph, options), ortOptions(options));
  },
};

let block: Promise<number | undefined> | undefined;

/** The graph in the layout that the CPU's kernels prefer, where ONNX Runtime does not see to it. */
async function laidOut(graph: Graph, options: SessionOptions): Promise<Graph> {
  const { provider = "cpu", optimize = "all" } = options;
  if (provider !== "cpu" || optimize !== "all" || !hasComputedKernels(graph)) return graph;
  block ??= blockSize((probe) => nodeEngine.open(probe, { threads: 1, optimize: "none" }));
  const size = await block;
  return size === undefined ? graph : blockedLayout(graph, size);
}

function ortOptions({ threads, provider = "cpu", optimize = "all" }: SessionOptions) {
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads >= 1))
    throw new UserError(`${threads} threads were asked for`, {
      hint: "give a whole number from 1",
      exitCode: 2,
    });
  return {
    executionProviders: [provider],
    executionMode: "sequential",
    graphOptimizationLevel: optimize === "none" ? "disabled" : optimize,
    interOpNumThreads: 1,
    // Errors are thrown; on stderr they would stand twice.
    logSeverityLevel: 4,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  } satisfies Ort.InferenceSession.SessionOptions;
}
