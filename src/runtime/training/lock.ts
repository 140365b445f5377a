/**
 * One process at a time works in a training's folder: the file `tidemark.lock` names it. The lock of a process
 * that is gone counts for nothing, so that one that was killed keeps nobody out.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../base/errors.ts";

const LockFile = z.object({
  pid: z.int(),
  host: z.string(),
  /** What tells it from a later process of that number; null where the system does not say. */
  started: z.string().nullable(),
  since: z.string(),
});
type Owner = z.infer<typeof LockFile>;

const LOCK = "tidemark.lock";

/**
 * @returns what gives it back
 * @throws UserError where another process has it, or it cannot be written
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, LOCK);
  const own = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    started: startOf(process.pid) ?? null,
    since: new Date().toISOString(),
  } satisfies Owner);
  while (!created(path, own)) {
    const found = textOf(path);
    if (found === undefined) continue;
    const owner = ownerOf(found);
    if (owner !== undefined && mayLive(owner)) throw taken(folder, path, owner);
    remove(path, found);
  }
  return () => {
    if (textOf(path) === own) rmSync(path, { force: true });
  };
}

/** Whether there was none; it appears with its whole content. */
function created(path: string, content: string): boolean {
  const temporary = temporaryOf(path, "new");
  try {
    writeFileSync(temporary, content);
    try {
      linkSync(temporary, path);
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      // Some file systems have no links.
      writeFileSync(path, content, { flag: "wx" });
    }
    return true;
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false;
    throw new UserError(`the lock ${path} cannot be written: ${(cause as Error).message}`, {
      hint: "free some space, or choose another folder",
      cause,
    });
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Removes the lock of that content, and no other that came in its place meanwhile. */
function remove(path: string, content: string): void {
  const aside = temporaryOf(path, "old");
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  if (textOf(aside) !== content) linkSync(aside, path);
  rmSync(aside, { force: true });
}

/** As `removeLeftovers` knows them. */
const temporaryOf = (path: string, which: string) =>
  join(path, "..", `.${LOCK}-${which}-${process.pid}.tmp`);

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function ownerOf(text: string): Owner | undefined {
  try {
    return LockFile.safeParse(JSON.parse(text)).data;
  } catch {
    // Cut off: whoever wrote it was stopped while it did.
    return undefined;
  }
}

/** Of a process on another machine nothing can be known. */
function mayLive({ pid, host, started }: Owner): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  const now = startOf(pid);
  return now === undefined || (now !== null && (started === null || now === started));
}

/**
 * When a process began, as boot and ticks since then.
 *
 * @returns null for one that is dead but not yet taken away; undefined where the system has no `/proc`
 */
function startOf(pid: number): string | null | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program, in brackets, may hold spaces.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return null;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${fields[18]}`;
  } catch {
    return undefined;
  }
}

function taken(folder: string, path: string, { pid, host, since }: Owner): UserError {
  const elsewhere = host !== hostname();
  return new UserError(
    `another process trains in ${folder}: ${pid}${elsewhere ? ` on ${host}` : ""}, since ${since}`,
    {
      hint: elsewhere
        ? `wait for it, or choose another -o or --checkpoints; if it is gone, delete ${path}`
        : "wait for it, or choose another -o or --checkpoints",
      exitCode: 2,
    },
  );
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;
