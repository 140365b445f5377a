/** Folders made one by one. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and those above it that are missing. Node's own recursive way never returns where a
 * file system makes no folders at all but says that the parent is absent, as Linux's `/proc` does.
 *
 * @returns the folders that were made, outermost first
 * @throws what `mkdirSync` throws
 */
export function makeFolder(folder: string): readonly string[] {
  const missing: string[] = [];
  for (let at = resolve(folder); !existsSync(at) && at !== dirname(at); at = dirname(at))
    missing.unshift(at);
  for (const each of missing) mkdirSync(each);
  return missing;
}
