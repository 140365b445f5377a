/** What a process of its own says, kept in a file that only this server and the process have open. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** Bytes of its end that are read at most. */
const TAIL = 4096;

export class ProcessLog {
  readonly fd: number;

  /** @param path of a file that is not there yet */
  constructor(path: string) {
    this.fd = openSync(path, "wx+", 0o600);
  }

  /**
   * Its last words.
   *
   * @param otherwise how it ended, where it said nothing
   */
  failure(otherwise: string): string {
    const { size } = fstatSync(this.fd);
    const bytes = Buffer.alloc(Math.min(size, TAIL));
    readSync(this.fd, bytes, 0, bytes.length, Math.max(0, size - TAIL));
    const text = bytes.toString("utf8").trim();
    return text === "" ? `the study's process ended: ${otherwise}` : text;
  }

  close(): void {
    closeSync(this.fd);
  }
}
