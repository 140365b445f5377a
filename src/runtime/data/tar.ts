/** Tar archives (POSIX ustar and pax, GNU long names), plain or gzipped, read as a stream. */
import { createReadStream, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { UserError } from "../../base/errors.ts";
import { startsAsGzip } from "./gzip.ts";
import type { NamedFile } from "./source.ts";

const BLOCK = 512;
/** A file inside an archive may not be longer: it is held in memory. */
const MAX_FILE_BYTES = 2 ** 31;

/** Whether the first bytes are the header of a tar file. */
export function isTar(head: Uint8Array): boolean {
  return head.length >= BLOCK && headerOf(head.subarray(0, BLOCK)) !== undefined;
}

/** Names of the files whose headers lie in `head`. */
export function tarNames(head: Uint8Array): string[] {
  const names: string[] = [];
  for (let at = 0; at + BLOCK <= head.length; ) {
    const header = headerOf(head.subarray(at, at + BLOCK));
    if (header === undefined) break;
    if (header.isFile) names.push(header.name);
    at += BLOCK + padded(header.size);
  }
  return names;
}

/**
 * The files that are wanted, in the order of the archive; links and devices are passed over.
 *
 * @throws UserError where the archive is damaged, cut off, or cannot be read
 */
export async function* readTar(
  path: string,
  wanted: (name: string) => boolean,
): AsyncGenerator<NamedFile> {
  const pieces = new Pieces(path);
  try {
    /** What a pax or GNU header says of the entry after it. */
    let given: { name?: string; size?: number } = {};
    for (;;) {
      const block = await pieces.take(BLOCK);
      if (block === undefined) throw pieces.damaged("ends in the middle");
      if (block.every((byte) => byte === 0)) return;
      const header = headerOf(block);
      if (header === undefined) throw pieces.damaged("has a header whose checksum is wrong");
      const size = given.size ?? header.size;
      const name = (given.name ?? header.name).replace(/^(\.\/)+/, "");
      const isExtension = "xgLK".includes(header.type);
      const keep = isExtension ? header.type !== "g" : header.isFile && wanted(name);
      if (keep && size > MAX_FILE_BYTES)
        throw pieces.damaged(`holds ${name} of ${size} bytes, more than ${MAX_FILE_BYTES}`);
      const bytes = keep ? await pieces.take(size) : undefined;
      if (keep && bytes === undefined) throw pieces.damaged(`ends in the middle of ${name}`);
      if (!(await pieces.skip(keep ? padded(size) - size : padded(size))))
        throw pieces.damaged(`ends in the middle of ${name}`);
      if (header.type === "x") given = { ...given, ...paxRecords(bytes!) };
      else if (header.type === "L") given = { ...given, name: text(bytes!) };
      else if (!isExtension) {
        given = {};
        if (keep) yield { name, bytes: bytes!, share: pieces.share };
      }
    }
  } finally {
    pieces.close();
  }
}

interface Header {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly isFile: boolean;
}

function headerOf(block: Uint8Array): Header | undefined {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : block[i]!;
  if (sum !== octal(block.subarray(148, 156))) return undefined;
  const ustar = text(block.subarray(257, 262)) === "ustar";
  const prefix = ustar ? text(block.subarray(345, 500)) : "";
  const name = text(block.subarray(0, 100));
  const type = block[156] === 0 ? "0" : String.fromCharCode(block[156]!);
  const isFile = (type === "0" || type === "7") && !name.endsWith("/");
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    // Links, devices and folders have no content, whatever the field says.
    size: "123456".includes(type) ? 0 : octal(block.subarray(124, 136)),
    type,
    isFile,
  };
}

/** A number in octal, or in base 256 where the first bit is set (GNU, for 8 GiB and more). */
function octal(field: Uint8Array): number {
  if ((field[0]! & 0x80) !== 0) return field.subarray(1).reduce((n, byte) => n * 256 + byte, 0);
  return Number.parseInt(text(field).trim() || "0", 8);
}

function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

/** Records `LENGTH KEY=VALUE\n`; the length counts the whole record in bytes. */
function paxRecords(bytes: Uint8Array): { name?: string; size?: number } {
  const found: { name?: string; size?: number } = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(text(bytes.subarray(at, space)));
    if (space < 0 || !(length > 0)) break;
    const record = text(bytes.subarray(space + 1, at + length - 1));
    const equals = record.indexOf("=");
    const key = record.slice(0, equals);
    if (key === "path") found.name = record.slice(equals + 1);
    if (key === "size") found.size = Number(record.slice(equals + 1));
    at += length;
  }
  return found;
}

const padded = (size: number) => Math.ceil(size / BLOCK) * BLOCK;

/** The unpacked stream, taken in pieces of any length. */
class Pieces {
  readonly #path: string;
  readonly #stream: AsyncIterator<Uint8Array>;
  readonly #close: () => void;
  readonly #share: () => number;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(path: string) {
    this.#path = path;
    const file = createReadStream(path, { highWaterMark: 1 << 20 });
    let bytes: Readable = file;
    if (startsAsGzip(path)) {
      const gunzip = createGunzip({ chunkSize: 1 << 20 });
      file.on("error", (error) => gunzip.destroy(error));
      bytes = file.pipe(gunzip);
    }
    const { size } = statSync(path);
    this.#share = () => Math.min(1, file.bytesRead / size);
    this.#close = () => {
      file.destroy();
      bytes.destroy();
    };
    this.#stream = bytes[Symbol.asyncIterator]();
  }

  /** Of the archive that was read, packed. */
  get share(): number {
    return this.#share();
  }

  /** Undefined where fewer bytes are left. */
  async take(length: number): Promise<Uint8Array | undefined> {
    const out = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (!(await this.#more())) return undefined;
      const part = this.#chunk.subarray(this.#at, this.#at + length - filled);
      out.set(part, filled);
      filled += part.length;
      this.#at += part.length;
    }
    return out;
  }

  async skip(length: number): Promise<boolean> {
    for (let left = length; left > 0; ) {
      if (!(await this.#more())) return false;
      const step = Math.min(left, this.#chunk.length - this.#at);
      this.#at += step;
      left -= step;
    }
    return true;
  }

  async #more(): Promise<boolean> {
    while (this.#at >= this.#chunk.length) {
      let next: IteratorResult<Uint8Array>;
      try {
        next = await this.#stream.next();
      } catch (cause) {
        const { code, message } = cause as NodeJS.ErrnoException;
        // Node's name for a gzip stream that ends in the middle.
        throw this.damaged(code === "Z_BUF_ERROR" ? "ends in the middle" : message, cause);
      }
      if (next.done === true) return false;
      this.#chunk = next.value;
      this.#at = 0;
    }
    return true;
  }

  damaged(what: string, cause?: unknown): UserError {
    return new UserError(`the archive ${this.#path} is damaged: ${what}`, {
      hint: "copy or download it again",
      cause,
    });
  }

  close(): void {
    this.#close();
  }
}
