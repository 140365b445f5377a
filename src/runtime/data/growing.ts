/** Arrays that grow: as much as double, so that adding costs a constant time on average. */

export class GrowingBytes {
  #bytes = new Uint8Array(1 << 16);
  length = 0;

  push(part: Uint8Array): void {
    const end = this.length + part.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    this.#bytes.set(part, this.length);
    this.length = end;
  }

  /** A view: valid until the next push. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}

export class GrowingFloats {
  #floats = new Float32Array(1 << 12);
  length = 0;

  push(value: number): void {
    if (this.length === this.#floats.length) {
      const larger = new Float32Array(2 * this.length);
      larger.set(this.#floats);
      this.#floats = larger;
    }
    this.#floats[this.length++] = value;
  }

  /** A view: valid until the next push. */
  view(): Float32Array {
    return this.#floats.subarray(0, this.length);
  }
}
