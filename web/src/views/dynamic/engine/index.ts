/** Networks run in a worker; it, and ONNX Runtime in it, are loaded when the first one is opened. */
import { UserError } from "../../../../../src/base/errors.ts";
import type { Graph } from "../../../../../src/graph/types.ts";
import type { DenseTensor } from "../../../../../src/runtime/types.ts";
import type { Answered, Ask, Asked } from "./messages.ts";

export interface RunResult {
  readonly outputs: Readonly<Record<string, DenseTensor>>;
  /** Of the run alone, on one thread. */
  readonly ms: number;
}

export interface WorkerSession {
  run(feeds: Readonly<Record<string, DenseTensor>>): Promise<RunResult>;
  release(): Promise<void>;
}

interface Waiting {
  readonly done: (result: RunResult) => void;
  readonly fail: (error: Error) => void;
}

let worker: Worker | undefined;
let asked = 0;
let opened = 0;
const waiting = new Map<number, Waiting>();

/** @throws UserError where ONNX Runtime refuses the graph */
export async function openInWorker(graph: Graph): Promise<WorkerSession> {
  const session = ++opened;
  await ask({ kind: "open", session, graph: plain(graph) });
  return {
    run: (feeds) => ask({ kind: "run", session, feeds }),
    release: async () => void (await ask({ kind: "release", session })),
  };
}

function ask(question: Ask): Promise<RunResult> {
  worker ??= started();
  const id = ++asked;
  return new Promise((done, fail) => {
    waiting.set(id, { done, fail });
    worker!.postMessage({ id, ...question } satisfies Asked);
  });
}

function started(): Worker {
  const made = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  made.onmessage = ({ data }: MessageEvent<Answered>) => {
    const { done, fail } = waiting.get(data.id)!;
    waiting.delete(data.id);
    if (data.kind === "done") done(data);
    else {
      const { message, hint } = data.error;
      fail(new UserError(message, hint === undefined ? {} : { hint }));
    }
  };
  made.onerror = (event) => {
    event.preventDefault();
    worker = undefined;
    for (const { fail } of waiting.values())
      fail(
        new UserError(
          `the worker that runs networks ended: ${event.message || "no reason given"}`,
          {
            hint: "load the page anew; a network may be too large for the browser's memory",
          },
        ),
      );
    waiting.clear();
  };
  return made;
}

/** Tensors whose bytes are computed on demand become plain ones, which can be sent. */
function plain(graph: Graph): Graph {
  const initializers = new Map(
    [...graph.initializers].map(([name, tensor]) => [
      name,
      {
        dtype: tensor.dtype,
        dims: tensor.dims,
        // Views on the whole file would each be sent with all of it.
        bytes: tensor.bytes.slice(),
        ...(tensor.strings !== undefined && { strings: tensor.strings }),
      },
    ]),
  );
  return { ...graph, initializers };
}
