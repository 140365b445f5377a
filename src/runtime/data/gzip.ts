/** Files that may be packed with gzip. */
import { closeSync, openSync, readSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { UserError } from "../../base/errors.ts";

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The bytes, unpacked where they are gzipped. @throws UserError where they are damaged or cut off */
export function unpacked(bytes: Uint8Array, where: string): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new UserError(`${where} is damaged: ${(cause as Error).message}`, {
      hint: "copy or download it again",
      cause,
    });
  }
}

export function startsAsGzip(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const head = new Uint8Array(2);
    return readSync(file, head) === 2 && head[0] === 0x1f && head[1] === 0x8b;
  } finally {
    closeSync(file);
  }
}
