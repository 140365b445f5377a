/** Files of a study that appear whole or not at all, and what is left of those whose writer was killed. */
import { lstatSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onOwnFiles } from "../environment.ts";

/** The file before stays whole whatever happens meanwhile, also where two processes write it. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const part = `${path}.${process.pid}.part`;
  onOwnFiles(`${path} cannot be written`, () => {
    try {
      writeFileSync(part, content, { flush: true });
      renameSync(part, path);
    } catch (error) {
      rmSync(part, { force: true });
      throw error;
    }
  });
}

/** A process on another machine, of which nothing is known here, writes a part in less than this. */
const WRITTEN_MS = 60_000;

/** Removes the parts that processes left behind which are no more. */
export function removeLeftParts(folder: string): void {
  onOwnFiles(`${folder} cannot be cleared`, () => {
    for (const file of readdirSync(folder)) {
      const [, pid] = /\.(\d+)\.part$/.exec(file) ?? [];
      if (pid === undefined || isAlive(Number(pid))) continue;
      const path = join(folder, file);
      // Another process may clear the folder too.
      const age = Date.now() - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > WRITTEN_MS) rmSync(path, { force: true });
    }
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to someone else.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
