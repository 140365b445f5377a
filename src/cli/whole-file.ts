/** A file that is written whole, or not at all. */
import { closeSync, openSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../base/errors.ts";

/** Pieces are gathered to about this many characters before they are written. */
const PIECE = 1 << 20;

/**
 * @param content text or bytes, or pieces of text in order, so that a large file need not be held
 * @param hint what to do where it cannot be written
 * @throws UserError where it cannot be written; a file of that name is then as it was, and so is a folder,
 *   a device or a pipe, which moving a file there would take away
 */
export function writeWhole(
  path: string,
  content: string | Uint8Array | Iterable<string>,
  hint: string,
): void {
  const file = resolve(path);
  const there = statSync(file, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile())
    throw new UserError(`${file} cannot be written: it is no file`, { hint, exitCode: 2 });
  const temporary = join(dirname(file), `.${basename(file).slice(0, 100)}-${process.pid}.tmp`);
  try {
    if (typeof content === "string" || content instanceof Uint8Array)
      writeFileSync(temporary, content, { flag: "wx" });
    else writePieces(temporary, content);
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    // What goes wrong while the text is made is not the file's fault.
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw new UserError(`${file} cannot be written: ${(cause as Error).message}`, { hint, cause });
  }
}

function writePieces(path: string, pieces: Iterable<string>): void {
  const to = openSync(path, "wx");
  try {
    let gathered = "";
    for (const piece of pieces) {
      gathered += piece;
      if (gathered.length < PIECE) continue;
      writeFileSync(to, gathered);
      gathered = "";
    }
    writeFileSync(to, gathered);
  } finally {
    closeSync(to);
  }
}
