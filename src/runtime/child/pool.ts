/** A number of child processes that share a queue of requests. */
import { UserError } from "../../base/errors.ts";
import { Child } from "./process.ts";
import { builtModule, type ChildTask } from "./task.ts";

export interface ChildPoolOptions {
  /** Processes at most; each is started when it is first needed. Default 1. */
  readonly size?: number;
  /** Longest time of one request, milliseconds. Default: none. */
  readonly timeLimitMs?: number;
}

export interface RequestOptions<Progress = never> {
  /** For messages, e.g. `trial 17`. Default: the task's name. */
  readonly what?: string;
  /** Instead of the pool's own limit. It runs from when a process takes the request up. */
  readonly timeLimitMs?: number;
  /** Ends the process where it is raised, whatever that does. */
  readonly signal?: AbortSignal;
  /** Told what the task tells while it works. */
  readonly onProgress?: (progress: Progress) => void;
  /** Goes to a process that had a request of the same key before, if one is idle. */
  readonly affinity?: string;
}

interface Job {
  readonly task: ChildTask<unknown, unknown>;
  readonly input: unknown;
  readonly options: RequestOptions;
  /** For this process and no other. */
  readonly only?: Place;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Where a process runs; when it dies the next one takes its place. */
interface Place {
  child: Child | undefined;
  busy: boolean;
  readonly keys: Set<string>;
}

/**
 * Runs tasks in processes of their own. A process that crashes, is killed, or takes too long fails
 * the one request that it worked on; the next request gets a new process. All end with the parent,
 * however that ends.
 */
export class ChildPool {
  readonly #places: readonly Place[];
  readonly #timeLimitMs: number;
  readonly #queue: Job[] = [];
  readonly #program = builtModule(import.meta.url, "./child.ts");
  #closed = false;
  readonly #endWithUs = () => {
    for (const { child } of this.#places) child?.abandon();
  };

  constructor({ size = 1, timeLimitMs = Number.POSITIVE_INFINITY }: ChildPoolOptions = {}) {
    if (!Number.isSafeInteger(size) || size < 1)
      throw new UserError(`${size} processes were asked for`, {
        hint: "give a whole number from 1",
        exitCode: 2,
      });
    if (!(timeLimitMs > 0))
      throw new UserError(`a time limit of ${timeLimitMs} ms`, {
        hint: "give a time above 0",
        exitCode: 2,
      });
    this.#timeLimitMs = timeLimitMs;
    this.#places = Array.from({ length: size }, () => ({
      child: undefined,
      busy: false,
      keys: new Set<string>(),
    }));
    process.on("exit", this.#endWithUs);
  }

  /**
   * @throws UserError where the task throws one, or its process dies, takes too long or is stopped
   */
  run<Input, Output, Progress = never>(
    task: ChildTask<Input, Output, Progress>,
    input: Input,
    options: RequestOptions<Progress> = {},
  ): Promise<Output> {
    return this.#enter(
      task as ChildTask<unknown, unknown>,
      input,
      options as RequestOptions,
    ) as Promise<Output>;
  }

  /** Runs a task in each process that had requests of a key, e.g. to let go what it keeps for it. */
  async forget<Input>(task: ChildTask<Input, void>, input: Input, key: string): Promise<void> {
    const holders = this.#places.filter((p) => p.child?.alive === true && p.keys.delete(key));
    await Promise.all(
      holders.map((only) => this.#enter(task as ChildTask<unknown, unknown>, input, {}, only)),
    );
  }

  /** Process ids of the children that live. */
  get pids(): readonly number[] {
    return this.#places.flatMap(({ child }) =>
      child?.alive === true && child.pid !== undefined ? [child.pid] : [],
    );
  }

  /** Ends all processes, and with them what they work on. */
  async close(): Promise<void> {
    this.#closed = true;
    process.off("exit", this.#endWithUs);
    for (const job of this.#queue.splice(0)) job.reject(closed(job));
    await Promise.all(this.#places.map(async ({ child }) => child?.kill()));
  }

  #enter(
    task: ChildTask<unknown, unknown>,
    input: unknown,
    options: RequestOptions,
    only?: Place,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      const job: Job = {
        task,
        input,
        options,
        ...(only && { only }),
        resolve: (output) => {
          signal?.removeEventListener("abort", leave);
          resolve(output);
        },
        reject: (error) => {
          signal?.removeEventListener("abort", leave);
          reject(error);
        },
      };
      // A job that runs is stopped by its process.
      const leave = () => {
        const at = this.#queue.indexOf(job);
        if (at < 0) return;
        this.#queue.splice(at, 1);
        job.reject(new UserError(`${nameOf(job)}: stopped`));
      };
      if (this.#closed) {
        reject(closed(job));
        return;
      }
      this.#queue.push(job);
      signal?.addEventListener("abort", leave, { once: true });
      if (signal?.aborted) leave();
      this.#assign();
    });
  }

  #assign(): void {
    for (let at = 0; at < this.#queue.length; ) {
      const job = this.#queue[at]!;
      const place = this.#placeFor(job);
      if (place === undefined) {
        at++;
        continue;
      }
      this.#queue.splice(at, 1);
      void this.#work(place, job);
    }
  }

  #placeFor({ only, options: { affinity } }: Job): Place | undefined {
    if (only !== undefined) return only.busy ? undefined : only;
    const idle = this.#places.filter((place) => !place.busy);
    return (
      (affinity === undefined ? undefined : idle.find((place) => place.keys.has(affinity))) ??
      // Rather one that has nothing to keep for others, and rather one that runs.
      idle.toSorted(
        (a, b) =>
          a.keys.size - b.keys.size ||
          Number(b.child !== undefined) - Number(a.child !== undefined),
      )[0]
    );
  }

  async #work(place: Place, job: Job): Promise<void> {
    const { task, input, options } = job;
    place.busy = true;
    try {
      if (place.child?.alive !== true) {
        place.keys.clear();
        // What it kept is gone with it.
        if (job.only !== undefined) {
          job.resolve(undefined);
          return;
        }
        place.child = new Child(this.#program);
      }
      if (options.affinity !== undefined) place.keys.add(options.affinity);
      const output = await place.child.ask(
        { module: task.module.href, name: task.name, input },
        {
          what: nameOf(job),
          timeLimitMs: options.timeLimitMs ?? this.#timeLimitMs,
          signal: options.signal,
          onProgress: options.onProgress as ((progress: unknown) => void) | undefined,
        },
      );
      job.resolve(output);
    } catch (error) {
      job.reject(this.#closed && error instanceof UserError ? closed(job) : error);
    } finally {
      place.busy = false;
      this.#assign();
    }
  }
}

const nameOf = (job: Job) => job.options.what ?? job.task.name;
const closed = (job: Job) => new UserError(`${nameOf(job)}: the processes were closed`);
