/** Who evaluates: the calling thread, or worker threads. The results are the same bit for bit. */
import { Worker } from "node:worker_threads";
import { UserError } from "../base/errors.ts";
import type { Design } from "../search/types.ts";
import { errorOf } from "./kinds.ts";
import type { StudySpec } from "./spec.ts";
import type { EvaluationContext, Problem, Values } from "./types.ts";
import type { Reply, Request } from "./worker.ts";

export interface Evaluator {
  /** Threads that it has started. */
  readonly threads: number;
  /** Until all threads can evaluate. @throws UserError where the problem cannot be built there */
  ready(): Promise<void>;
  /**
   * Values of one stage, in the order of `designs`. Rejects where a worker died.
   *
   * @param after designs to come after these; default 0
   */
  evaluate(
    designs: readonly Design[],
    stage: number,
    after?: number,
    context?: EvaluationContext,
  ): Promise<readonly (Values | Error)[]>;
  close(): Promise<void>;
}

export function inThisThread(problem: Problem): Evaluator {
  return {
    threads: 0,
    ready: async () => {},
    evaluate: (designs, stage, _after, context) => problem.evaluate(designs, stage, context),
    close: async () => {},
  };
}

/** From TypeScript sources (tests) the worker is the built one: Node runs no `.ts`. */
const WORKER = import.meta.url.endsWith(".ts")
  ? new URL("../../dist/study/worker.js", import.meta.url)
  : new URL("./worker.js", import.meta.url);

interface Task {
  readonly request: Request;
  readonly resolve: (results: readonly (Values | Error)[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Starts `count` threads, each with its own copy of the problem. */
export function inWorkers(spec: StudySpec, count: number, url: URL = WORKER): Evaluator {
  const queue: Task[] = [];
  const idle: Worker[] = [];
  const busy = new Map<Worker, Task>();
  let failure: unknown;
  let closing = false;
  let starting = count;
  let resolveReady: () => void = () => {};
  let rejectReady: (error: unknown) => void = () => {};
  const ready = new Promise<void>((resolve, reject) => {
    resolveReady = resolve;
    rejectReady = reject;
  });
  // Only an expensive study waits for it; any other learns of a failure as it evaluates.
  ready.catch(() => {});

  const next = () => {
    while (queue.length > 0 && idle.length > 0) {
      const worker = idle.pop()!;
      const task = queue.shift()!;
      busy.set(worker, task);
      worker.postMessage(task.request);
    }
  };
  const fail = (error: unknown) => {
    if (closing) return;
    failure ??= error;
    rejectReady(failure);
    for (const task of [...busy.values(), ...queue.splice(0)]) task.reject(failure);
    busy.clear();
  };
  const start = () => {
    // A module that prints must not print into the command's data: stdout goes to stderr.
    // Options of the process (`--max-old-space-size`, `--cpu-prof`) are not all ones that Node lets
    // a thread have; those of NODE_OPTIONS reach it all the same.
    const worker = new Worker(url, { workerData: spec, stdout: true, execArgv: [] });
    worker.stdout.pipe(process.stderr, { end: false });
    worker.on("message", (reply: Reply) => {
      if (reply.kind === "ready") {
        if (--starting === 0) resolveReady();
        return;
      }
      if (reply.kind === "broken") {
        const { message, hint, exitCode } = reply;
        fail(
          exitCode === undefined
            ? new Error(message)
            : new UserError(message, { ...(hint ? { hint } : {}), exitCode }),
        );
        return;
      }
      const task = busy.get(worker);
      busy.delete(worker);
      idle.push(worker);
      task?.resolve(reply.results.map((r) => ("error" in r ? new Error(r.error) : r.values)));
      next();
    });
    worker.on("error", (error) => fail(crashed(errorOf(error).message, starting > 0)));
    worker.on("exit", (code) => fail(crashed(`it ended with code ${code}`, starting > 0)));
    idle.push(worker);
    return worker;
  };
  const workers = Array.from({ length: count }, start);

  return {
    threads: count,
    ready: () => ready,
    async evaluate(designs, stage, _after, context) {
      if (failure) throw failure;
      // Slices small enough that no worker waits long for the last one.
      const size = Math.min(64, Math.max(1, Math.ceil(designs.length / (count * 4))));
      const slices: Promise<readonly (Values | Error)[]>[] = [];
      for (let i = 0; i < designs.length; i += size) {
        const request: Request = {
          stage,
          designs: designs.slice(i, i + size),
          ...(context && { context: sliced(context, i, i + size) }),
        };
        slices.push(new Promise((resolve, reject) => queue.push({ request, resolve, reject })));
      }
      next();
      return (await Promise.all(slices)).flat();
    },
    async close() {
      closing = true;
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** Designs between two looks at the clock. */
const PROBE = 16;
/** Before this much was measured, the time of a design is mostly that of warming up. */
const PROBE_MS = 500;
/** A thread loads the program and the data anew, half a second each. */
const WORTH_MS = 4000;

/** Begins in this thread, and starts workers where what is left would take seconds. */
export function asNeeded(local: Evaluator, start: () => Evaluator): Evaluator {
  let pool: Evaluator | undefined;
  let designsDone = 0;
  let elapsedMs = 0;
  return {
    get threads() {
      return pool?.threads ?? 0;
    },
    ready: () => local.ready(),
    async evaluate(designs, stage, after = 0, context?) {
      const results: (Values | Error)[] = [];
      while (!pool && results.length < designs.length) {
        const from = performance.now();
        const slice = designs.slice(results.length, results.length + PROBE);
        const part = context && sliced(context, results.length, results.length + PROBE);
        results.push(...(await local.evaluate(slice, stage, 0, part)));
        elapsedMs += performance.now() - from;
        designsDone += slice.length;
        const open = after + designs.length - results.length;
        if (elapsedMs > PROBE_MS && (elapsedMs / designsDone) * open > WORTH_MS) pool = start();
      }
      if (results.length === designs.length || !pool) return results;
      const rest = context && sliced(context, results.length);
      return [
        ...results,
        ...(await pool.evaluate(designs.slice(results.length), stage, after, rest)),
      ];
    },
    close: async () => pool?.close(),
  };
}

/** The context of some of the designs. */
function sliced(context: EvaluationContext, from: number, to?: number): EvaluationContext {
  return { ...context, parents: context.parents.slice(from, to) };
}

function crashed(why: string, starting: boolean): UserError {
  return new UserError(`a worker thread crashed${starting ? " as it started" : ""}: ${why}`, {
    hint: starting
      ? "if the study has a module, it must neither throw nor call process.exit() as it is imported"
      : "the trials before this batch are stored; `tidemark resume` tries it again",
  });
}
