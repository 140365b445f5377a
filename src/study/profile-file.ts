/** A profile from a file, plain or compressed with gzip, read as a stream. */
import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
import { createGunzip } from "node:zlib";
import { UserError } from "../base/errors.ts";
import { ProfileReader, type ReadProfile } from "../gpu/profiles/index.ts";

/** Bytes of one piece: long enough that strings over its end are rare. */
const PIECE = 1 << 20;

/**
 * @throws UserError where the file is missing, no profile, or without a kernel. A file that is cut off
 * is read to where it ends, and says so.
 */
export async function readProfileFile(path: string): Promise<ReadProfile> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new UserError(`${path} does not exist`, { hint: "check the path", exitCode: 2 });
  if (stat.isDirectory())
    throw new UserError(`${path} is a folder`, {
      hint: "give one trace file inside it",
      exitCode: 2,
    });
  const reader = new ProfileReader(path);
  const file = createReadStream(path, { highWaterMark: PIECE });
  if (!isGzip(path)) {
    for await (const piece of file) reader.push(piece as Uint8Array);
    return reader.end();
  }
  const unpacked = createGunzip({ chunkSize: PIECE });
  file.on("error", (error) => unpacked.destroy(error));
  file.pipe(unpacked);
  let cutOff = false;
  try {
    for await (const piece of unpacked) reader.push(piece as Uint8Array);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "Z_DATA_ERROR")
      throw new UserError(`${path} is damaged: ${(error as Error).message}`, {
        hint: "copy or export it again",
        cause: error,
      });
    // Node's name for a gzip stream that ends in the middle.
    if (code !== "Z_BUF_ERROR") throw error;
    cutOff = true;
  }
  const profile = reader.end();
  return cutOff ? { ...profile, truncated: true } : profile;
}

function isGzip(path: string): boolean {
  const fd = openSync(path, "r");
  try {
    const head = new Uint8Array(2);
    return readSync(fd, head) === 2 && head[0] === 0x1f && head[1] === 0x8b;
  } finally {
    closeSync(fd);
  }
}
