/** An engine whose sessions live in child processes: a native crash fails one run, not the caller. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { byteLength, elementCount } from "../../graph/tensor.ts";
import type { Graph, Value } from "../../graph/types.ts";
import { saveOnnx, writeOnnx } from "../../onnx/index.ts";
import { checkFeeds } from "../feeds.ts";
import { nodeEngine } from "../node-engine.ts";
import { Turns } from "../turns.ts";
import type { DenseTensor, Engine, RunOptions, Session, SessionOptions } from "../types.ts";
import type { ChildPool } from "./pool.ts";
import type { OpenInput, Parcel, RunInput, RunOutput } from "./session-tasks.ts";
import { builtModule, childTask } from "./task.ts";

const TASKS = builtModule(import.meta.url, "./session-tasks.ts");
const OPEN = childTask<OpenInput, void>(TASKS, "openSession");
const RUN = childTask<RunInput, RunOutput>(TASKS, "runSession");
const RELEASE = childTask<string, void>(TASKS, "releaseSession");

export interface IsolationOptions {
  /**
   * Models with more bytes of weights go through a file, since a message is held three times: here,
   * there and between. Default 256 MiB.
   */
  readonly messageMaxBytes?: number;
}

/**
 * The pool's size is how many sessions can run at once, its time limit that of one run. A session
 * survives the end of its process: the next run opens it in a new one.
 */
export function isolatedEngine(pool: ChildPool, options: IsolationOptions = {}): Engine {
  const messageMaxBytes = options.messageMaxBytes ?? 2 ** 28;
  return {
    name: `${nodeEngine.name} in a child process`,
    async open(graph: Graph, options: SessionOptions = {}): Promise<Session> {
      const session = new IsolatedSession(pool, graph, options, messageMaxBytes);
      await session.load();
      return session;
    },
  };
}

let opened = 0;

class IsolatedSession implements Session {
  readonly #pool: ChildPool;
  readonly #graph: Graph;
  readonly #options: SessionOptions;
  readonly #messageMaxBytes: number;
  readonly #key = `session ${opened++}`;
  #released = false;
  readonly #turns = new Turns();

  constructor(pool: ChildPool, graph: Graph, options: SessionOptions, messageMaxBytes: number) {
    this.#messageMaxBytes = messageMaxBytes;
    this.#pool = pool;
    this.#graph = graph;
    this.#options = options;
  }

  get inputs(): readonly Value[] {
    return this.#graph.inputs;
  }

  get outputs(): readonly Value[] {
    return this.#graph.outputs;
  }

  run(
    feeds: Readonly<Record<string, DenseTensor>>,
    options: RunOptions = {},
  ): Promise<Record<string, DenseTensor>> {
    return this.#turns.next(() => this.#run(feeds, options));
  }

  release(): Promise<void> {
    return this.#turns.next(async () => {
      if (this.#released) return;
      this.#released = true;
      await this.#pool.forget(RELEASE, this.#key, this.#key);
    });
  }

  async load(): Promise<void> {
    const { name } = this.#graph;
    await withParcel(this.#graph, this.#messageMaxBytes, (parcel) =>
      this.#pool.run(
        OPEN,
        { key: this.#key, name, parcel, options: this.#options },
        { affinity: this.#key, what: name },
      ),
    );
  }

  async #run(
    feeds: Readonly<Record<string, DenseTensor>>,
    options: RunOptions,
  ): Promise<Record<string, DenseTensor>> {
    const { name, inputs } = this.#graph;
    if (this.#released) throw new Error(`${name}: the session is released`);
    checkFeeds(name, inputs, feeds);
    for (;;) {
      const outputs = await this.#pool.run(
        RUN,
        { key: this.#key, feeds, options },
        { affinity: this.#key, what: name },
      );
      if (outputs !== undefined) return outputs;
      await this.load();
    }
  }
}

async function withParcel(
  graph: Graph,
  messageMaxBytes: number,
  use: (parcel: Parcel) => Promise<void>,
): Promise<void> {
  let bytes = 0;
  for (const { dtype, dims } of graph.initializers.values())
    bytes += byteLength(dtype, elementCount(dims));
  if (bytes <= messageMaxBytes) {
    await use({ kind: "bytes", bytes: writeOnnx(graph) });
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "tidemark-model-"));
  try {
    const path = join(folder, "model.onnx");
    saveOnnx(graph, path);
    await use({ kind: "file", path });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
