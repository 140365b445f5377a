/** Model files: opening them, and the files of external data beside them. */
import { realpathSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { gunzipSync } from "node:zlib";
import { UserError } from "../base/errors.ts";
import type { ExternalFile, ExternalFiles } from "./context.ts";
import { asUserError, FileSource } from "./file-source.ts";
import { type OnnxModel, readOnnx, readSource } from "./read.ts";

/** What a gzipped model may unpack to: the limit of a protobuf message. */
const MAX_UNPACKED_BYTES = 2 ** 31;
/** What one packed byte can become at most (zlib's documentation, "Maximum Compression Factor"). */
const MAX_DEFLATE_RATIO = 1032;

/**
 * Opens a model file, gzipped or not. Only its structure is read; weights are read from the file
 * when their `bytes` are asked for, and let go again when nothing holds them.
 *
 * @throws UserError where there is no such file or it is no valid model
 */
export function openOnnx(path: string): OnnxModel {
  const source = new FileSource(path);
  const options = { name: path, external: externalFiles(path) };
  return source.hold(() => {
    const magic = source.read(0, Math.min(2, source.size));
    if (magic[0] === 0x1f && magic[1] === 0x8b)
      return readOnnx(unpack(path, source.read(0, source.size)), options);
    return readSource(source, options);
  });
}

function unpack(path: string, packed: Uint8Array): Uint8Array {
  // The last four bytes say the size, modulo 2^32: one piece of it saves zlib from joining many.
  const tail = packed.subarray(-4);
  const said = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true) + 1;
  const chunkSize = Math.min(Math.max(said, 2 ** 16), packed.length * MAX_DEFLATE_RATIO, 2 ** 31);
  try {
    return gunzipSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES, chunkSize });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ERR_BUFFER_TOO_LARGE")
      throw new UserError(`${path}: unpacks to more than ${MAX_UNPACKED_BYTES} bytes (2 GB)`, {
        hint: "ONNX models are smaller; store large weights as external data",
        cause,
      });
    throw new UserError(`${path}: damaged gzip data: ${(cause as Error).message}`, {
      hint: "the file may be truncated: fetch it again",
      cause,
    });
  }
}

/**
 * The files of external data that a model may name: regular files in its own folder or below it.
 * A model must not be able to read anything else of its user's disk.
 */
export function externalFiles(modelPath: string): ExternalFiles {
  const folder = dirname(modelPath);
  const files = new Map<string, ExternalFile>();
  return (location) => {
    let file = files.get(location);
    if (file === undefined) {
      file = openExternal(folder, location);
      files.set(location, file);
    }
    return file;
  };
}

function openExternal(folder: string, location: string): ExternalFile {
  const refuse = (
    why: string,
    hint = "external data must lie in the model's own folder; do not open models you do not trust",
  ) => new UserError(`${JSON.stringify(location)} is ${why}`, { hint });
  if (/^([a-zA-Z]:|[\\/])/.test(location)) throw refuse("an absolute path");
  if (location.split(/[\\/]/).includes("..")) throw refuse("a path that leaves the folder by ..");
  if (location.includes("\0")) throw refuse("no valid path");
  const path = join(folder, location);
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    return { missing: `no file ${path}` };
  }
  const root = asUserError(folder, () => realpathSync(folder));
  if (!real.startsWith(root.endsWith(sep) ? root : root + sep))
    throw refuse(`a symbolic link that leaves the folder, to ${real}`);
  const stats = asUserError(real, () => statSync(real));
  if (!stats.isFile())
    throw refuse(
      stats.isDirectory() ? "a folder" : "no regular file",
      "external data must be a file: export the model again",
    );
  return new FileSource(real);
}
