/** What lies at a path: a file, a folder or an archive, as a stream of named files. */
import { closeSync, openSync, readdirSync, readSync, type Stats, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { constants, gunzipSync } from "node:zlib";
import { UserError } from "../../base/errors.ts";
import { isGzip } from "./gzip.ts";
import { isTar, readTar, tarNames } from "./tar.ts";

export interface Source {
  /** Absolute. */
  readonly path: string;
  /** Last part of the path without the endings of archives. */
  readonly name: string;
  readonly kind: "file" | "folder" | "archive";
  /**
   * Names of files, relative and with `/`: of a folder all to a depth of four, or as many as tell
   * what it is; of an archive those in its first 64 KiB; of a file its own.
   */
  readonly names: readonly string[];
  /** Of a file: its first bytes, unpacked where it is gzipped. */
  readonly head: Uint8Array;
}

export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of the source, how much has been read with this file, from 0 to 1. */
  readonly share: number;
}

const HEAD_BYTES = 1 << 16;
/** Names that a folder is recognised by. */
const SNIFFED_NAMES = 2000;
const MAX_DEPTH = 8;

/** @throws UserError where nothing is there, or it cannot be read */
export function openSource(path: string): Source {
  const absolute = resolve(path);
  const stat = look(absolute, path);
  const name = basename(absolute).replace(/\.(tar|tgz|tar\.gz|zip|csv|csv\.gz|gz)$/i, "");
  if (stat.isDirectory()) {
    const names: string[] = [];
    for (const file of walk(absolute)) if (names.push(file) >= SNIFFED_NAMES) break;
    if (names.length === 0)
      throw new UserError(`${path} holds no files`, {
        hint: "give a folder with one folder of images for each class, or with IDX or CIFAR files",
        exitCode: 2,
      });
    return { path: absolute, name, kind: "folder", names, head: new Uint8Array(0) };
  }
  if (!stat.isFile())
    throw new UserError(`${path} is neither a file nor a folder`, {
      hint: "check the path",
      exitCode: 2,
    });
  const head = readHead(absolute, path);
  if (head.length === 0)
    throw new UserError(`${path} is empty`, { hint: "copy or download it again" });
  if (isTar(head)) return { path: absolute, name, kind: "archive", names: tarNames(head), head };
  return { path: absolute, name, kind: "file", names: [basename(absolute)], head };
}

/**
 * The files of the source that are wanted, in the order of their names (folder) or of the archive.
 *
 * @throws UserError where one cannot be read, or the archive is damaged or cut off
 */
export async function* filesOf(
  source: Source,
  wanted: (name: string) => boolean = () => true,
): AsyncGenerator<NamedFile> {
  if (source.kind === "archive") {
    yield* readTar(source.path, wanted);
    return;
  }
  if (source.kind === "file") {
    if (wanted(source.names[0]!)) yield await load(source.names[0]!, source.path, 1);
    return;
  }
  const names = [...walk(source.path)].filter(wanted);
  for (const [i, name] of names.entries())
    yield await load(name, join(source.path, name), (i + 1) / names.length);
}

async function load(name: string, path: string, share: number): Promise<NamedFile> {
  try {
    return { name, bytes: await readFile(path), share };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** What changes when a file of the source does: names, sizes, and times to the nanosecond. */
export function* fingerprint(source: Source): Generator<string> {
  const one = (name: string, path: string) => {
    const { size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${name}\0${size}\0${mtimeNs}\0${ctimeNs}\n`;
  };
  if (source.kind !== "folder") yield one(source.path, source.path);
  else for (const name of walk(source.path)) yield one(name, join(source.path, name));
}

/** Folders without files, below a source that is one; relative, hidden ones left out. */
export function emptyFolders(source: Source): readonly string[] {
  const found: string[] = [];
  const visit = (folder: string, prefix: string): boolean => {
    let empty = true;
    for (const entry of list(folder)) {
      if (entry.name.startsWith(".")) continue;
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) empty = false;
      else if (visit(path, `${prefix}${entry.name}/`)) found.push(`${prefix}${entry.name}`);
      else empty = false;
    }
    return empty;
  };
  if (source.kind === "folder") visit(source.path, "");
  return found.sort();
}

/** All files below the folder, each folder's own in the order of their code units; hidden ones left out. */
function* walk(folder: string, prefix = "", depth = 0): Generator<string> {
  if (depth > MAX_DEPTH)
    throw new UserError(`${folder}: folders lie more than ${MAX_DEPTH} deep`, {
      hint: "give the folder that holds train/ and test/, or the folders of the classes",
      exitCode: 2,
    });
  const entries = list(folder).filter((entry) => !entry.name.startsWith("."));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const link = entry.isSymbolicLink() ? look(path, path) : entry;
    if (link.isDirectory()) yield* walk(path, `${prefix}${entry.name}/`, depth + 1);
    else if (link.isFile()) yield `${prefix}${entry.name}`;
  }
}

function list(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

function look(path: string, shown: string): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT")
      throw new UserError(`${shown} does not exist`, {
        hint: "check the path; `tidemark data` lists the data sets known by name",
        exitCode: 2,
        cause,
      });
    throw unreadable(shown, cause);
  }
}

function unreadable(path: string, cause: unknown): UserError {
  return new UserError(`${path} cannot be read: ${(cause as Error).message}`, {
    hint: "check its permissions and the disk",
    cause,
  });
}

function readHead(path: string, shown: string): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES);
  let length = 0;
  try {
    const file = openSync(path, "r");
    try {
      length = readSync(file, bytes, 0, HEAD_BYTES, 0);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw unreadable(shown, cause);
  }
  const head = bytes.subarray(0, length);
  if (!isGzip(head)) return head;
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (cause) {
    throw new UserError(`${shown} is damaged: ${(cause as Error).message}`, {
      hint: "copy or download it again",
      cause,
    });
  }
}
