/** Small data sets in files, written without the code under test. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { expect } from "vitest";
import { UserError } from "../../../src/base/errors.ts";

export const newFolder = () => mkdtempSync(join(tmpdir(), "tidemark-data-"));

/** Writes files by relative name and returns the folder. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = newFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** An archive of the whole folder, by the system's tar. */
export function tarOf(folder: string, ...options: string[]): string {
  const archive = join(newFolder(), "set.tar.gz");
  execFileSync("tar", ["-czf", archive, ...options, "-C", folder, "."]);
  return archive;
}

/** An IDX file of bytes. */
export function idxFile(dims: readonly number[], data: ArrayLike<number>, type = 8): Buffer {
  const head = Buffer.alloc(4 + 4 * dims.length);
  head[2] = type;
  head[3] = dims.length;
  for (const [i, dim] of dims.entries()) head.writeUInt32BE(dim, 4 + 4 * i);
  return Buffer.concat([head, Uint8Array.from(data)]);
}

/** A PNG of pixels, channels last. */
export function png(width: number, height: number, channels: 1 | 3 | 4, pixels: Uint8Array) {
  const image = sharp(pixels, { raw: { width, height, channels } });
  return (channels === 1 ? image.toColourspace("b-w") : image).png().toBuffer();
}

/** The one error that a user sees. */
export async function refusal(work: () => Promise<unknown>): Promise<UserError> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error("no error");
}
