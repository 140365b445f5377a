/** A file read in pieces, when they are asked for. */
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { UserError } from "../base/errors.ts";
import type { ByteSource } from "./source.ts";

export class FileSource implements ByteSource {
  readonly lazy = true;
  readonly size: number;
  readonly #path: string;
  readonly #stats: Stats;
  #held: number | undefined;

  /** @throws UserError where there is no regular file of that path that may be read */
  constructor(path: string) {
    this.#path = path;
    this.#stats = statFile(path);
    this.size = this.#stats.size;
  }

  read(offset: number, length: number): Uint8Array {
    if (this.#held !== undefined) return this.#readFrom(this.#held, offset, length);
    return this.hold(() => this.#readFrom(this.#held!, offset, length));
  }

  /** Keeps the file open while `work` reads it. */
  hold<T>(work: () => T): T {
    const fd = asUserError(this.#path, () => openSync(this.#path, "r"));
    this.#held = fd;
    try {
      const now = fstatSync(fd);
      const was = this.#stats;
      if (now.size !== was.size || now.mtimeMs !== was.mtimeMs || now.ino !== was.ino)
        throw new UserError(
          `${this.#path}: the file has changed since it was opened (${was.size} bytes then, ${now.size} now)`,
          { hint: "open the model again" },
        );
      return work();
    } finally {
      this.#held = undefined;
      closeSync(fd);
    }
  }

  #readFrom(fd: number, offset: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      // One call reads less than 2^31 bytes.
      const n = asUserError(this.#path, () =>
        readSync(fd, out, at, Math.min(length - at, 2 ** 30), offset + at),
      );
      if (n === 0)
        throw new UserError(
          `${this.#path}: ends at byte ${offset + at}, expected ${offset + length}`,
          { hint: "the file was cut while it was read: open the model again" },
        );
      at += n;
    }
    return out;
  }
}

function statFile(path: string): Stats {
  const stats = asUserError(path, () => statSync(path), 2);
  if (stats.isFile()) return stats;
  const what = stats.isDirectory() ? "a folder" : "no regular file";
  throw new UserError(`${path}: this is ${what}`, {
    hint: "give the path of an ONNX model file",
    exitCode: 2,
  });
}

/** Runs a system call; what it refuses becomes an error that a person can act on. */
export function asUserError<T>(path: string, call: () => T, exitCode: 1 | 2 = 1): T {
  try {
    return call();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (error instanceof UserError || code === undefined) throw error;
    const [what, hint] = REASONS[code] ?? [code, "check the path and the disk"];
    throw new UserError(`${path}: ${what}`, { hint, exitCode, cause: error });
  }
}

const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  ERR_INVALID_ARG_VALUE: ["no valid path", "check the path"],
  ENOENT: ["no such file", "check the path"],
  ENOTDIR: ["part of the path is no folder", "check the path"],
  EACCES: ["permission denied", "check who may read and write it"],
  EPERM: ["operation not permitted", "check who may read and write it"],
  EISDIR: ["this is a folder", "give the path of a file"],
  ELOOP: ["the symbolic link leads nowhere", "check the link"],
  ENAMETOOLONG: ["the path is too long", "check the path"],
  ENOSPC: ["no space left on the disk", "free some space and try again"],
  EDQUOT: ["the disk quota is used up", "free some space and try again"],
  EROFS: ["the file system is read-only", "choose another folder"],
  EMFILE: ["too many open files", "close some, or raise the limit (ulimit -n)"],
  EFBIG: ["the file would be too large for this file system", "choose another folder"],
};
