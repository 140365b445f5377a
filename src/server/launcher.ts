/**
 * Studies run in processes of their own, detached: the server's end is not theirs. What such a process
 * says when it fails is kept here for as long as the server runs.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { platform, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../base/errors.ts";
import { makeFolder } from "../runtime/folder.ts";
import { liveness, type StudyRecord } from "../study/index.ts";
import type { Started } from "./api/types.ts";
import { RequestFault } from "./api-error.ts";
import { ProcessLog } from "./process-log.ts";
import type { StoreWatch } from "./store-watch.ts";
import { studyInText } from "./study-file.ts";

/** The command, beside the built server as beside its source. */
const COMMAND = [
  process.execPath,
  fileURLToPath(new URL("../../bin/tidemark.mjs", import.meta.url)),
];
/** How often the store is looked at for a study that is to begin. */
const LOOK_MS = 50;
/** A study whose process prepares longer, e.g. reads a large table, is answered without its number. */
const WAIT_MS = 20_000;
/** A second signal would end a process at once: none is sent while the first is being obeyed. */
const PATIENCE_MS = 6000;

export class Launcher {
  readonly #watch: StoreWatch;
  readonly #command: readonly string[];
  readonly #failures = new Map<number, string>();
  /** When a process was told to stop, by its token. */
  readonly #told = new Map<string, number>();

  constructor(watch: StoreWatch, command: readonly string[] = COMMAND) {
    this.#watch = watch;
    this.#command = command;
  }

  /** What the process of a study said when it failed; undefined where it did not, or is not ours. */
  failureOf(id: number): string | undefined {
    return this.#failures.get(id);
  }

  /** @throws UserError where the study file is wrong, or its process ends before the study begins */
  async start(text: string): Promise<Started> {
    const { name, space } = studyInText(text);
    const before = this.#watch.ifThere((reader) => reader.pulses().at(-1)?.id) ?? 0;
    const folder = mkdtempSync(join(tmpdir(), "tidemark-study-"));
    // A study without a name is called after its file.
    const file = join(folder, `${space.kind}.yaml`);
    writeFileSync(file, text, { mode: 0o600 });
    const child = this.#spawn(["explore", file], folder);
    const begun = (id: number, called: string) =>
      id > before && (called === name || called.startsWith(`${name}-`));
    return await this.#begun(child, name, begun, true);
  }

  /** @throws UserError where it runs, is finished, or cannot be taken up */
  async resume(study: StudyRecord, evaluations: number | undefined): Promise<Started> {
    if (study.state === "running")
      throw new RequestFault(409, `study '${study.name}' is running already`);
    if (study.state === "finished" && (evaluations ?? 0) <= study.trials)
      throw new RequestFault(
        409,
        `study '${study.name}' is finished with ${study.trials} trials`,
        "ask for more evaluations than it has trials",
      );
    const more = evaluations === undefined ? [] : ["--evaluations", String(evaluations)];
    const folder = mkdtempSync(join(tmpdir(), "tidemark-study-"));
    this.#failures.delete(study.id);
    const child = this.#spawn(["resume", ...more], folder, study.name);
    return await this.#begun(child, study.name, (id) => id === study.id, false);
  }

  /** @throws RequestFault where no process of this machine runs it, or it may not be told */
  stop({ id, name, state, owner }: StudyRecord): void {
    if (state !== "running" || owner === null)
      throw new RequestFault(409, `study '${name}' is not running`);
    const alive = liveness(owner);
    if (alive === "unknown")
      throw new RequestFault(
        409,
        `study '${name}' runs on machine '${owner.host}'`,
        `stop process ${owner.pid} there`,
      );
    if (alive === "dead")
      throw new RequestFault(409, `the process of study '${name}' is gone`, "resume it");
    if (owner.pid === process.pid)
      throw new RequestFault(409, `study '${name}' is run by this server's own process`);
    const told = this.#told.get(owner.token) ?? Number.NEGATIVE_INFINITY;
    if (performance.now() - told < PATIENCE_MS) return;
    try {
      process.kill(owner.pid, "SIGINT");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new RequestFault(
        409,
        `process ${owner.pid} of study ${id} cannot be told to stop: ${code}`,
        code === "EPERM" ? "it belongs to another user" : "look again: it may just have ended",
      );
    }
    this.#told.set(owner.token, performance.now());
  }

  /** @param operand given behind `--`, since a name may begin with a dash */
  #spawn(args: readonly string[], folder: string, operand?: string): Child {
    const log = new ProcessLog(join(folder, "log"));
    const options = ["--store", this.#watch.path, "--no-report", "--format", "json"];
    const [program, ...first] = this.#command;
    // The store's own folder: what a study names without a path is looked for there at most.
    const cwd = dirname(this.#watch.path);
    makeFolder(cwd);
    const child = spawn(
      program!,
      [...first, ...args, ...options, ...(operand === undefined ? [] : ["--", operand])],
      { cwd, detached: true, stdio: ["ignore", "ignore", log.fd], windowsHide: true },
    );
    child.unref();
    const ended = new Promise<string | undefined>((done) => {
      child.once("error", (error) => done(`the command cannot be run: ${error.message}`));
      child.once("exit", (code, signal) =>
        done(code === 0 ? undefined : log.failure(signal ?? `exit code ${code}`)),
      );
    });
    void ended.then(() => {
      log.close();
      rmSync(folder, { recursive: true, force: true });
    });
    // Where files may be removed while they are open, they do not outlive the server.
    const read = () => {
      if (platform() !== "win32") rmSync(folder, { recursive: true, force: true });
    };
    return { process: child, ended, read };
  }

  /**
   * Waits until the process owns a study that `isIt`, or has ended.
   *
   * @param fresh the study is one that only this process can have made
   */
  async #begun(
    { process: child, ended, read }: Child,
    name: string,
    isIt: (id: number, name: string) => boolean,
    fresh: boolean,
  ): Promise<Started> {
    const over = ended.then((failure) => ({ failure }));
    const until = performance.now() + WAIT_MS;
    while (performance.now() < until) {
      const end = await Promise.race([over, pause(LOOK_MS)]);
      const released = end !== undefined && (fresh || end.failure === undefined);
      const found = this.#find(child.pid, isIt, released);
      if (found !== undefined) {
        read();
        void ended.then((failure) => {
          // Being stopped is no failure.
          if (failure !== undefined && !/^stopped; /m.test(failure))
            this.#failures.set(found.id, failure);
        });
        return found;
      }
      if (end?.failure !== undefined) throw faultOf(end.failure);
      if (end !== undefined) throw new UserError(`study '${name}' ended, and is not in the store`);
    }
    return { id: null, name };
  }

  /** The newest such study that the process runs or, where `released` counts too, has given back. */
  #find(
    pid: number | undefined,
    isIt: (id: number, name: string) => boolean,
    released: boolean,
  ): { readonly id: number; readonly name: string } | undefined {
    return this.#watch.ifThere((reader) => {
      for (const { id, name } of reader.pulses().reverse()) {
        if (!isIt(id, name)) continue;
        const { owner } = reader.study(id);
        if (owner === null ? released : owner.pid === pid) return { id, name };
      }
      return undefined;
    });
  }
}

interface Child {
  readonly process: ChildProcess;
  /** Why it failed; undefined: it did not. */
  readonly ended: Promise<string | undefined>;
  /** It has read its study: the file may go. */
  readonly read: () => void;
}

const pause = (ms: number) =>
  new Promise<undefined>((done) => setTimeout(() => done(undefined), ms));

/** `error: what` and, indented, what to do: as the command prints it. */
function faultOf(failure: string): RequestFault {
  const lines = failure.split("\n");
  const at = lines.findLastIndex((line) => line.startsWith("error: "));
  if (at < 0) return new RequestFault(409, failure);
  const hint = lines
    .slice(at + 1)
    .map((line) => line.trim())
    .join(" ");
  return new RequestFault(409, lines[at]!.slice("error: ".length), hint === "" ? undefined : hint);
}
