/** The text of a CSV file, row by row, read as a stream. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import Papa from "papaparse";
import { UserError } from "../../base/errors.ts";
import { startsAsGzip } from "./gzip.ts";
import type { Source } from "./source.ts";

/** A row may not be longer, in characters: a quote is open then. */
const MAX_ROW = 2 ** 24;

/**
 * The rows of the file in order, blank ones too. Excel's `sep=;` above the header is not one of them.
 *
 * @throws UserError where quotes are wrong or never closed, or the file cannot be read
 */
export async function* rowsOf(source: Source): AsyncGenerator<string[]> {
  const encoding = encodingOf(source.head);
  const whole = decoded(source.head);
  const [separatorLine = "", separator] = /^sep=(.)\r?\n/i.exec(whole) ?? [];
  const head = whole.slice(separatorLine.length);
  const parser = new Papa.Parser({
    delimiter: separator ?? delimiterOf(head),
    newline: head.includes("\r\n") ? "\r\n" : head.includes("\n") ? "\n" : "\r",
  });
  let rows = 0;
  let rest = "";
  let begun = false;
  function* complete(isLast: boolean): Generator<string[]> {
    const { data, errors, meta } = parser.parse(rest, 0, !isLast) as Papa.ParseResult<string[]>;
    const [problem] = errors;
    if (problem !== undefined)
      throw new UserError(
        `${source.path}: row ${rows + 1 + (problem.row ?? 0)}: ${problem.message}`,
        {
          hint: "put fields that hold quotes or line breaks in quotes, and double the quotes",
        },
      );
    rest = rest.slice(meta.cursor);
    rows += data.length;
    yield* data;
    if (rest.length > MAX_ROW)
      throw new UserError(`${source.path}: row ${rows + 1} is longer than ${MAX_ROW} characters`, {
        hint: "close its quotes",
      });
  }
  const text = textOf(source.path, encoding);
  try {
    for await (const piece of text) {
      rest += begun
        ? (piece as string)
        : (piece as string).replace(BOM, "").slice(separatorLine.length);
      begun = true;
      yield* complete(false);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const what = code === "Z_BUF_ERROR" ? "ends in the middle" : `cannot be read: ${message}`;
    throw new UserError(`${source.path} ${what}`, {
      hint: "copy or export it again",
      cause: error,
    });
  } finally {
    text.destroy();
  }
  if (rest !== "") yield* complete(true);
}

function textOf(path: string, encoding: "utf8" | "utf16le"): Readable {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  if (!startsAsGzip(path)) return file.setEncoding(encoding);
  const gunzip = createGunzip({ chunkSize: 1 << 20 });
  file.on("error", (error) => gunzip.destroy(error));
  return file.pipe(gunzip).setEncoding(encoding);
}

const BOM = /^\uFEFF/;

/** Spreadsheets save Unicode text as UTF-16 with a byte order mark. */
function encodingOf(head: Uint8Array): "utf8" | "utf16le" {
  return head[0] === 0xff && head[1] === 0xfe ? "utf16le" : "utf8";
}

/** By the header alone: cells may be full of separators. */
function delimiterOf(text: string): string {
  const header = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)![0].replaceAll(/"(?:[^"]|"")*"/g, "");
  const count = (separator: string) => header.split(separator).length;
  return [",", ";", "\t"].reduce((a, b) => (count(b) > count(a) ? b : a));
}

function decoded(head: Uint8Array): string {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  return bytes.toString(encodingOf(head)).replace(BOM, "");
}

/** Whether it is text without control characters and with a separator in its first lines. */
export function looksLikeTable(head: Uint8Array): boolean {
  const text = decoded(head.subarray(0, 4096));
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Tab, line feed, vertical tab, form feed and carriage return are 9 to 13.
    if (code < 9 || (code > 13 && code < 32)) return false;
  }
  return text.split(/\r?\n|\r/, 5).some((line) => /[,;\t]/.test(line));
}
