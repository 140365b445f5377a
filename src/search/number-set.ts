/** A set of safe integers that grows: open addressing in one typed array, no object for an entry. */

/** Marks an empty slot. */
const EMPTY = -1;

export class NumberSet {
  #slots = new Float64Array(1024).fill(EMPTY);
  #size = 0;

  /** @param values integers from 0 to 2^53 - 1, each at most once or more */
  constructor(values: Iterable<number> = []) {
    for (const value of values) this.add(value);
  }

  get size(): number {
    return this.#size;
  }

  /** False where the integer, 0 to 2^53 - 1, was there before. */
  add(value: number): boolean {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = slotOf(value, mask);
    for (let held = slots[at]!; held !== EMPTY; held = slots[at]!) {
      if (held === value) return false;
      at = (at + 1) & mask;
    }
    slots[at] = value;
    this.#size++;
    if (2 * this.#size > slots.length) this.#grow();
    return true;
  }

  /** Ascending, so that equal sets give equal lists. */
  values(): number[] {
    return Array.from(this.#slots.filter((value) => value !== EMPTY).sort());
  }

  #grow(): void {
    const slots = new Float64Array(4 * this.#slots.length).fill(EMPTY);
    const mask = slots.length - 1;
    for (const value of this.#slots) {
      if (value === EMPTY) continue;
      let at = slotOf(value, mask);
      while (slots[at] !== EMPTY) at = (at + 1) & mask;
      slots[at] = value;
    }
    this.#slots = slots;
  }
}

/** Fibonacci hashing of the low 32 bits with the high ones folded in. */
function slotOf(value: number, mask: number): number {
  const high = (value / 0x1_0000_0000) | 0;
  const mixed = Math.imul((value | 0) ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) & mask;
}
