/** One child process, seen from its parent: takes one request at a time, and is watched meanwhile. */
import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { UserError } from "../../base/errors.ts";
import type { Reply, Request } from "./protocol.ts";

/** Stderr of the child that is kept for messages. */
const MOST_TALK = 4000;
/** Node starts in some 0.1 s; a machine under heavy load may take long. */
const START_LIMIT_MS = 60_000;

/** Of JavaScript's stack traces, and of those that Node prints when it aborts. */
const STACK_LINE = /^\s+at |^\s*\d+: |^-----/;

export interface Watched {
  /** For messages: what the request is about. */
  readonly what: string;
  readonly timeLimitMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: unknown) => void) | undefined;
}

export class Child {
  readonly #process: ChildProcess;
  /** What ends the wait for a reply; undefined while nothing is asked. */
  #listener: ((event: Reply | { readonly kind: "gone"; readonly how: string }) => void) | undefined;
  #ready = false;
  #gone: string | undefined;
  #talk = "";

  constructor(program: URL) {
    this.#process = fork(program, [String(process.pid)], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "advanced",
      execArgv: [],
    });
    this.#process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#talk = (this.#talk + text).slice(-MOST_TALK);
    });
    this.#process.on("message", (reply: Reply) => {
      if (reply.kind === "ready") this.#ready = true;
      this.#listener?.(reply);
    });
    const gone = (how: string) => {
      this.#gone ??= how;
      this.#listener?.({ kind: "gone", how });
    };
    this.#process.on("error", (error) => gone(error.message));
    // `close` comes after the last message and the last word on stderr.
    this.#process.on("close", (code, signal) => gone(signal ?? `exit code ${code}`));
    this.#hold(false);
  }

  get alive(): boolean {
    return this.#gone === undefined && this.#process.connected;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /**
   * Sends a request and waits for its reply. After any error but the task's own the process is gone.
   *
   * @throws UserError where the task throws one, the process dies, takes too long, or is stopped
   */
  async ask(request: Request, watched: Watched): Promise<unknown> {
    this.#hold(true);
    try {
      if (!this.#ready) await this.#start(watched);
      return await this.#exchange(request, watched);
    } finally {
      this.#listener = undefined;
      this.#hold(false);
    }
  }

  /** Ends the process at once, whatever it does. */
  async kill(): Promise<void> {
    if (this.#gone !== undefined || this.#process.pid === undefined) return;
    const closed = new Promise<void>((resolve) => this.#process.once("close", () => resolve()));
    this.#hold(true);
    this.#process.kill("SIGKILL");
    await closed;
  }

  /** Without waiting, where the parent itself ends. */
  abandon(): void {
    this.#process.kill("SIGKILL");
  }

  #start({ what, signal }: Watched): Promise<void> {
    return this.#watch<void>(
      { what: `${what}: starting a process`, timeLimitMs: START_LIMIT_MS, signal },
      () => {},
      (reply, settle) => {
        if (reply.kind === "ready") settle(() => {});
      },
    );
  }

  #exchange(request: Request, watched: Watched): Promise<unknown> {
    const send = () => void this.#process.send(request);
    return this.#watch<unknown>(watched, send, (message, settle) => {
      if (message.kind === "progress") watched.onProgress?.(message.progress);
      else if (message.kind === "done") settle(() => message.output);
      else if (message.kind === "failed")
        settle(() => {
          throw new UserError(message.message, {
            exitCode: message.exitCode,
            ...(message.hint === undefined ? {} : { hint: message.hint }),
          });
        });
      else if (message.kind === "broken")
        settle(() => {
          throw new Error(message.message);
        });
    });
  }

  #watch<T>(
    { what, timeLimitMs, signal }: Watched,
    begin: () => void,
    hear: (reply: Reply, settle: (result: () => T) => void) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let clock: NodeJS.Timeout | undefined;
      const settle = (result: () => T) => {
        clearTimeout(clock);
        signal?.removeEventListener("abort", stop);
        this.#listener = undefined;
        try {
          resolve(result());
        } catch (error) {
          reject(error);
        }
      };
      const end = (error: UserError) => {
        const fail = () =>
          settle(() => {
            throw error;
          });
        this.kill().then(fail, fail);
        this.#listener = undefined;
      };
      const stop = () => end(new UserError(`${what}: stopped`));
      const died = (how: string) =>
        settle(() => {
          throw new UserError(`${what}: its process died (${how})`, { hint: this.#advice(how) });
        });
      this.#listener = (event) => (event.kind === "gone" ? died(event.how) : hear(event, settle));
      if (this.#gone !== undefined) {
        died(this.#gone);
        return;
      }
      if (signal?.aborted) {
        stop();
        return;
      }
      signal?.addEventListener("abort", stop, { once: true });
      if (Number.isFinite(timeLimitMs))
        clock = setTimeout(
          () =>
            end(
              new UserError(`${what}: took longer than ${timeLimitMs / 1000} s, and was ended`, {
                hint: "give it more time, or less work",
              }),
            ),
          timeLimitMs,
        );
      try {
        begin();
      } catch (error) {
        // What cannot be cloned has not left this process.
        settle(() => {
          throw error;
        });
      }
    });
  }

  #advice(how: string): string {
    const lines = this.#talk
      .split("\n")
      .filter((line) => line.trim() !== "" && !STACK_LINE.test(line));
    const said = lines.length === 0 ? "" : `\nit said: ${lines.slice(-3).join("\n         ")}`;
    const cause =
      how === "SIGKILL"
        ? "the system ended it, most often because memory ran out: use smaller batches or fewer processes"
        : "a native library crashed; try another provider, fewer threads, or smaller sizes";
    return cause + said;
  }

  /** Only a process that works keeps its parent running. */
  #hold(busy: boolean): void {
    const parts = [this.#process, this.#process.channel, this.#process.stderr as Socket | null];
    for (const part of parts)
      if (busy) part?.ref();
      else part?.unref();
  }
}
