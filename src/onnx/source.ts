/** Where a serialized model lies: in memory, or in a file of which only the structure is read. */

export interface ByteSource {
  /** Bytes in total. */
  readonly size: number;
  /** Reading copies (a file), so large weights are better left until they are asked for. */
  readonly lazy: boolean;
  /** The bytes [offset, offset + length), which must lie inside; a view where the source is memory. */
  read(offset: number, length: number): Uint8Array;
}

export function memorySource(bytes: Uint8Array): ByteSource {
  // Not a Buffer's subarray, which is a Buffer, whose `slice` does not copy.
  const { buffer, byteOffset, byteLength } = bytes;
  return {
    size: byteLength,
    lazy: false,
    read: (offset, length) => new Uint8Array(buffer, byteOffset + offset, length),
  };
}

/** Bytes that a file source reads ahead; larger than most nodes, smaller than most weights. */
const WINDOW_BYTES = 1 << 16;

/** Reads a source from front to back, with jumps ahead, through a window. */
export class Cursor {
  /** Next byte, from the start of the source. */
  position = 0;
  readonly #source: ByteSource;
  #window: Uint8Array;
  #windowStart = 0;

  constructor(source: ByteSource) {
    this.#source = source;
    this.#window = source.read(0, source.lazy ? Math.min(source.size, WINDOW_BYTES) : source.size);
  }

  /** The next byte; the caller has checked that there is one. */
  byte(): number {
    const i = this.position - this.#windowStart;
    if (i >= this.#window.length) {
      this.#refill(1);
      return this.#window[this.position++ - this.#windowStart]!;
    }
    this.position++;
    return this.#window[i]!;
  }

  /** The next `length` bytes: a view that holds until the next call. */
  take(length: number): Uint8Array {
    if (this.position + length > this.#windowStart + this.#window.length) this.#refill(length);
    const start = this.position - this.#windowStart;
    this.position += length;
    return this.#window.subarray(start, start + length);
  }

  #refill(length: number): void {
    const { size } = this.#source;
    this.#windowStart = this.position;
    this.#window = this.#source.read(
      this.position,
      Math.min(size - this.position, Math.max(length, WINDOW_BYTES)),
    );
  }
}
