/** Saving models, whole or not at all. */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { UserError } from "../base/errors.ts";
import { byteLength, elementCount } from "../graph/tensor.ts";
import type { Graph, Tensor } from "../graph/types.ts";
import { asUserError } from "./file-source.ts";
import { bytesOf, encodeModel, MAX_MODEL_BYTES, type Placement, writeOnnx } from "./write.ts";

export interface SaveOptions {
  /**
   * Put weights into a file of their own beside the model. It is done in any case where the model
   * would take 2 GB or more, which ONNX does not allow.
   */
  readonly external?: boolean;
}

/** Smaller tensors stay in the model: shapes and scalars that readers want without a second file. */
const EXTERNAL_MIN_BYTES = 1024;
/** Page size, so that runtimes can map the file (onnx.proto, `external_data`). */
const ALIGNMENT = 4096;

/**
 * Writes the graph to a file, gzipped where the path ends in `.gz`. The file is replaced when it is
 * complete, so a full disk or a crash leaves the old one as it was. External data goes to
 * `<file>.data`, or `<file>.1.data` and so on where that exists.
 *
 * @returns the paths written, the model first
 * @throws UserError for an invalid graph and for a disk that refuses
 */
export function saveOnnx(graph: Graph, path: string, options: SaveOptions = {}): readonly string[] {
  // A symbolic link stays one.
  const target = existsSync(path) ? realpathSync(path) : path;
  if (target.endsWith(".gz")) {
    const packed = gzipSync(writeOnnx(graph));
    replaceFile(target, [packed]);
    return [target];
  }
  const whole = options.external === true ? undefined : encodeModel(graph);
  if (whole !== undefined && whole.size <= MAX_MODEL_BYTES) {
    replaceFile(target, whole.parts);
    return [target];
  }
  const dataPath = freePath(target);
  const moved: (Uint8Array | Tensor)[] = [];
  let offset = 0;
  const place: Placement = (_, tensor) => {
    const length = byteLength(tensor.dtype, elementCount(tensor.dims));
    if (length < EXTERNAL_MIN_BYTES) return undefined;
    const padding = (ALIGNMENT - (offset % ALIGNMENT)) % ALIGNMENT;
    if (padding > 0) moved.push(new Uint8Array(padding));
    const at = offset + padding;
    moved.push(tensor);
    offset = at + length;
    return { location: basename(dataPath), offset: at, length };
  };
  const model = encodeModel(graph, place);
  if (moved.length === 0) {
    replaceFile(target, model.parts);
    return [target];
  }
  // The weights first: a model never names a file that is not there yet.
  replaceFile(dataPath, moved);
  try {
    replaceFile(target, model.parts);
  } catch (error) {
    rmSync(dataPath, { force: true });
    throw error;
  }
  return [target, dataPath];
}

function freePath(target: string): string {
  let path = `${target}.data`;
  for (let i = 1; existsSync(path); i++) path = `${target}.${i}.data`;
  return path;
}

/** Writes beside the target, then renames onto it. */
function replaceFile(path: string, parts: readonly (Uint8Array | Tensor)[]): void {
  // Moving a file there would take a device or a pipe away.
  const there = statSync(path, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile())
    throw new UserError(`${path} cannot be written: it is no file`, {
      hint: "choose another place",
      exitCode: 2,
    });
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString("hex")}.tmp`);
  try {
    const fd = asUserError(path, () => openSync(temporary, "wx"));
    try {
      for (const part of parts) asUserError(path, () => writeWhole(fd, bytesOf(part)));
      asUserError(path, () => fsyncSync(fd));
    } finally {
      closeSync(fd);
    }
    asUserError(path, () => renameSync(temporary, path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) at += writeSync(fd, bytes, at, Math.min(bytes.length - at, 2 ** 30));
}
