/** A file that is written whole, or not at all. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../base/errors.ts";

/** @throws UserError where it cannot be written; a file of that name is then as it was */
export function writeWhole(path: string, text: string): void {
  const file = resolve(path);
  const temporary = join(dirname(file), `.${basename(file)}-${process.pid}.tmp`);
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new UserError(`${file} cannot be written: ${(cause as Error).message}`, {
      hint: "choose another place with -o",
      cause,
    });
  }
}
