/** Where the elements of a packed field lie, and how many there are. */

/** Bytes of the source; `bytes` where they were read already. */
export interface Segment {
  readonly offset: number;
  readonly length: number;
  readonly bytes?: Uint8Array;
}

/** Elements gathered one by one. */
export class LooseSegment implements Segment {
  readonly offset: number;
  #bytes = new Uint8Array(64);
  length = 0;

  constructor(offset: number) {
    this.offset = offset;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  append(bytes: ArrayLike<number>): void {
    if (this.length + bytes.length > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }
}

/** Varints in packed bytes; undefined where one has no end or more than 10 bytes. */
export function countVarints(bytes: Uint8Array): number | undefined {
  let count = 0;
  let run = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]! < 0x80) {
      count++;
      run = 0;
    } else if (++run >= 10) return undefined;
  }
  return run === 0 ? count : undefined;
}
