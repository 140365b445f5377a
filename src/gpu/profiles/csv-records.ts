/** Records of a CSV text (RFC 4180) that comes in pieces. */
import { UserError } from "../../base/errors.ts";

/** A quote that is never closed must not fill the memory. Characters. */
const LONGEST_RECORD = 1 << 22;

export class CsvRecords {
  private rest = "";
  private readonly onRecord: (cells: readonly string[]) => void;

  constructor(onRecord: (cells: readonly string[]) => void) {
    this.onRecord = onRecord;
  }

  /** @throws UserError where one record is longer than any table's */
  push(text: string): void {
    this.rest += text;
    let from = 0;
    for (let end = this.recordEnd(from); end >= 0; end = this.recordEnd(from)) {
      this.emit(this.rest.slice(from, end));
      from = end + 1;
    }
    this.rest = this.rest.slice(from);
    if (this.rest.length > LONGEST_RECORD + text.length)
      throw new UserError("a record of the CSV file is longer than 4 million characters", {
        hint: "a quote is not closed; export the file again",
      });
  }

  /** Whether the text ended outside of quotes. */
  end(): boolean {
    const { rest } = this;
    this.rest = "";
    if (rest.trim() === "") return true;
    if (quotes(rest) % 2 === 1) return false;
    this.emit(rest);
    return true;
  }

  private emit(record: string): void {
    const text = record.endsWith("\r") ? record.slice(0, -1) : record;
    if (text !== "") this.onRecord(cells(text));
  }

  /** The line break that ends the record, or -1. */
  private recordEnd(from: number): number {
    let open = false;
    for (let at = from; ; ) {
      const end = this.rest.indexOf("\n", at);
      if (end < 0) return -1;
      for (let q = this.rest.indexOf('"', at); q >= 0 && q < end; q = this.rest.indexOf('"', q + 1))
        open = !open;
      if (!open) return end;
      at = end + 1;
    }
  }
}

function cells(record: string): string[] {
  const out: string[] = [];
  let at = 0;
  for (;;) {
    if (record[at] === '"') {
      let text = "";
      let from = at + 1;
      for (;;) {
        const close = record.indexOf('"', from);
        if (close < 0) {
          text += record.slice(from);
          at = record.length;
          break;
        }
        text += record.slice(from, close);
        at = close + 1;
        if (record[at] !== '"') break;
        text += '"';
        from = at + 1;
      }
      out.push(text);
      const comma = record.indexOf(",", at);
      if (comma < 0) return out;
      at = comma + 1;
    } else {
      const comma = record.indexOf(",", at);
      out.push(comma < 0 ? record.slice(at) : record.slice(at, comma));
      if (comma < 0) return out;
      at = comma + 1;
    }
  }
}

function quotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count++;
  return count;
}
