/** Holds ONNX Runtime's WebAssembly and its sessions, so that no network stops the page. */
/// <reference lib="webworker" />
import "../../../no-eval.ts";
import type { Session } from "../../../../../src/runtime/types.ts";
import { wasmEngine } from "../../../../../src/runtime/wasm-engine.ts";
import type { Answer, Ask, Asked } from "./messages.ts";

const sessions = new Map<number, Session>();

async function answer(ask: Ask): Promise<Answer> {
  const began = performance.now();
  let outputs = {};
  switch (ask.kind) {
    case "open":
      sessions.set(ask.session, await wasmEngine.open(ask.graph, { threads: 1 }));
      break;
    case "run":
      outputs = await sessions.get(ask.session)!.run(ask.feeds);
      break;
    case "release":
      await sessions.get(ask.session)?.release();
      sessions.delete(ask.session);
  }
  return { kind: "done", ms: performance.now() - began, outputs };
}

async function listen({ id, ...ask }: Asked): Promise<void> {
  try {
    postMessage({ id, ...(await answer(ask as Ask)) });
  } catch (error) {
    const { message, hint } = error as { message: string; hint?: string };
    postMessage({ id, kind: "failed", error: { message, ...(hint !== undefined && { hint }) } });
  }
}

addEventListener("message", ({ data }: MessageEvent<Asked>) => void listen(data));
