/** From whatever was thrown to what the user reads and the exit code. */
import pc from "picocolors";
import { UserError } from "../base/errors.ts";
import { printable } from "../report/index.ts";

/** Failures of the machine rather than of Tidemark, with what to do about each. */
const SYSTEM_HINTS: Readonly<Record<string, string>> = {
  ENOENT: "check the path",
  EACCES: "check the permissions of the path",
  EPERM: "check the permissions of the path",
  EISDIR: "give a file, not a folder",
  ENOTDIR: "a part of the path is a file; check the path",
  ENOSPC: "free some space, or choose another place; what was stored before is whole",
  EDQUOT: "free some space, or choose another place; what was stored before is whole",
  EROFS: "choose a place that can be written",
  EMFILE: "close some files, or raise the limit (ulimit -n)",
};

export function messageOf(e: unknown): string {
  const red = pc.createColors(Boolean(process.stderr.isTTY) && !process.env.NO_COLOR).red;
  const user = asUserError(e);
  if (user) {
    const hint = user.hint ? `\n  ${lines(user.hint)}` : "";
    return `${red("error:")} ${lines(user.message)}${hint}\n`;
  }
  const error = e instanceof Error ? e : new Error(String(e));
  const detail = process.env.TIDEMARK_DEBUG ? `\n${error.stack}` : "";
  return `${red("error:")} ${error.message || error.name}\n  this is a defect of Tidemark, not of your input; TIDEMARK_DEBUG=1 prints where${detail}\n`;
}

/** Names from files stand in messages: what they hold must not move the cursor. */
function lines(text: string): string {
  return text.split("\n").map(printable).join("\n  ");
}

export function exitCodeOf(e: unknown): 1 | 2 {
  return asUserError(e)?.exitCode ?? 1;
}

function asUserError(e: unknown): UserError | undefined {
  if (e instanceof UserError) return e;
  const { code, path, syscall } = (e ?? {}) as NodeJS.ErrnoException;
  const hint = code === undefined ? undefined : SYSTEM_HINTS[code];
  if (hint === undefined) return undefined;
  return new UserError(`${path ?? syscall ?? "system"}: ${(e as Error).message}`, {
    hint,
    cause: e,
  });
}
