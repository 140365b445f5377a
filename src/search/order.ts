/** Sorting indices by a number: stable, without a comparison function, at one pace for any values. */

/** Up to here merging is faster than clearing the counts of a radix sort. */
const SMALL = 400;
/** Longest run that is ordered by insertion. */
const RUN = 12;
const DIGIT = 11;
const DIGITS = 1 << DIGIT;

/**
 * Indices 0..n-1 by ascending value, equal values by ascending index. O(n log n), for many values
 * O(n) unless most of them agree in their first 20 binary digits.
 *
 * @param values n numbers, none NaN; -0 and 0 are equal
 */
export function ascendingOrder(values: Float64Array): Uint32Array {
  const n = values.length;
  const order = new Uint32Array(n);
  let falls = 0;
  for (let i = 0; i < n; i++) {
    order[i] = i;
    if (i === 0) continue;
    if (values[i - 1]! > values[i]!) falls++;
  }
  // fronts of two objectives come in order, one objective up and the other down
  if (falls === 0) return order;
  if (falls === n - 1) return order.reverse();
  if (n <= SMALL) mergeSort(values, order);
  else radixSort(values, order);
  return order;
}

function mergeSort(values: Float64Array, order: Uint32Array): void {
  const n = order.length;
  for (let from = 0; from < n; from += RUN) {
    insertionSort(values, order, from, Math.min(from + RUN, n));
  }
  let source: Uint32Array = order;
  let target: Uint32Array = new Uint32Array(n);
  for (let width = RUN; width < n; width *= 2) {
    for (let from = 0; from < n; from += 2 * width) {
      const middle = Math.min(from + width, n);
      const end = Math.min(from + 2 * width, n);
      let a = from;
      let b = middle;
      for (let at = from; at < end; at++) {
        const left = b >= end || (a < middle && values[source[a]!]! <= values[source[b]!]!);
        target[at] = left ? source[a++]! : source[b++]!;
      }
    }
    [source, target] = [target, source];
  }
  if (source !== order) order.set(source);
}

/**
 * By the high 32 bits, least significant digit first; then each run that agrees in them by value.
 * Those bits hold the sign, the exponent and 20 digits of the mantissa.
 */
function radixSort(values: Float64Array, order: Uint32Array): void {
  const n = order.length;
  const keys = highBits(values);
  const counts = new Uint32Array(3 * DIGITS);
  for (let i = 0; i < n; i++) {
    const key = keys[i]!;
    counts[key & (DIGITS - 1)]!++;
    counts[DIGITS + ((key >>> DIGIT) & (DIGITS - 1))]!++;
    counts[2 * DIGITS + (key >>> (2 * DIGIT))]!++;
  }
  let source: Uint32Array = order;
  let target: Uint32Array = new Uint32Array(n);
  for (let digit = 0; digit < 3; digit++) {
    const ends = counts.subarray(digit * DIGITS, (digit + 1) * DIGITS);
    const shift = digit * DIGIT;
    // a digit that all keys share orders nothing
    if (ends[(keys[0]! >>> shift) & (DIGITS - 1)] === n) continue;
    let sum = 0;
    for (let d = 0; d < DIGITS; d++) {
      const count = ends[d]!;
      ends[d] = sum;
      sum += count;
    }
    for (let at = 0; at < n; at++) {
      const i = source[at]!;
      target[ends[(keys[i]! >>> shift) & (DIGITS - 1)]!++] = i;
    }
    [source, target] = [target, source];
  }
  if (source !== order) order.set(source);
  for (let from = 0; from < n; ) {
    const key = keys[order[from]!]!;
    let end = from + 1;
    while (end < n && keys[order[end]!] === key) end++;
    if (end - from > RUN) mergeSort(values, order.subarray(from, end));
    else if (end - from > 1) insertionSort(values, order, from, end);
    from = end;
  }
}

/** The high words of the numbers, turned so that they ascend as the numbers do. */
function highBits(values: Float64Array): Uint32Array {
  const n = values.length;
  const keys = new Uint32Array(n);
  const number = new Float64Array(1);
  const words = new Uint32Array(number.buffer);
  number[0] = -1;
  const high = words[1] === 0 ? 0 : 1;
  for (let i = 0; i < n; i++) {
    // `+ 0` turns -0 into 0
    number[0] = values[i]! + 0;
    const word = words[high]!;
    keys[i] = (word & 0x8000_0000) === 0 ? word ^ 0x8000_0000 : ~word;
  }
  return keys;
}

function insertionSort(values: Float64Array, order: Uint32Array, from: number, end: number): void {
  for (let i = from + 1; i < end; i++) {
    const moving = order[i]!;
    const value = values[moving]!;
    let j = i - 1;
    while (j >= from && values[order[j]!]! > value) {
      order[j + 1] = order[j]!;
      j--;
    }
    order[j + 1] = moving;
  }
}
