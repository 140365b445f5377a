/** Protobuf fields appended to bytes that grow. */
import type { WireType } from "@bufbuild/protobuf/wire";

/** Bytes of a length prefix written before the length is known; protobuf allows leading zeros. */
const RESERVED = 5;

export class GrowingBuffer {
  #bytes = new Uint8Array(1 << 14);
  size = 0;

  byte(value: number): void {
    this.#ensure(1);
    this.#bytes[this.size++] = value;
  }

  append(bytes: Uint8Array): void {
    this.#ensure(bytes.length);
    this.#bytes.set(bytes, this.size);
    this.size += bytes.length;
  }

  tag(field: number, wire: WireType): void {
    this.length(field * 8 + wire);
  }

  length(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  reserveLength(): number {
    this.#ensure(RESERVED);
    this.size += RESERVED;
    return this.size;
  }

  fillLength(start: number): void {
    let rest = this.size - start;
    for (let i = 0; i < RESERVED; i++) {
      this.#bytes[start - RESERVED + i] = (rest & 0x7f) | (i < RESERVED - 1 ? 0x80 : 0);
      rest >>>= 7;
    }
  }

  /** A field of 4 bytes, little-endian. */
  index(value: number): void {
    this.length(4);
    for (let s = 0; s < 32; s += 8) this.byte((value >>> s) & 0xff);
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.size);
  }

  #ensure(more: number): void {
    if (this.size + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.size + more, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
