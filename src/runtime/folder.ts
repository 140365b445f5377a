/** Folders made one by one. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and those above it that are missing. Node's own recursive way never returns where a
 * file system makes no folders at all but says that the parent is absent, as Linux's `/proc` does.
 *
 * @returns the folders that were made, outermost first
 * @throws what `mkdirSync` throws
 */
export function makeFolder(folder: string): readonly string[] {
  const wanted = resolve(folder);
  const missing: string[] = [];
  for (let at = wanted; !existsSync(at) && at !== dirname(at); at = dirname(at))
    missing.unshift(at);
  if (missing.length === 0 && !isFolder(wanted)) mkdirSync(wanted);
  return missing.filter(made);
}

/** False where another process was faster. */
function made(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST" && isFolder(folder)) return false;
    // Its parent is there: the bare text of the system would say the opposite.
    if (code === "ENOENT" && isFolder(dirname(folder)))
      throw Object.assign(
        new Error(`${code}: ${dirname(folder)} takes no folders, mkdir '${folder}'`, { cause }),
        { code, syscall: "mkdir", path: folder },
      );
    throw cause;
  }
}

const isFolder = (path: string) =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
