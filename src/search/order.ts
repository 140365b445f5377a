/** Sorting indices by a number, faster than a comparison sort where the numbers are spread out. */

/** Below this an insertion sort is as good as any. */
const SMALL = 24;

/**
 * Indices 0..n-1 by ascending value: one bucket per number over their range, then each bucket by
 * comparison. O(n) for numbers that are spread evenly, O(n log n) for any.
 *
 * @param values not NaN
 * @param ties order of indices of equal value
 */
export function ascendingOrder(
  values: Float64Array,
  n: number,
  ties: (a: number, b: number) => number = (a, b) => a - b,
): Uint32Array {
  const compare = (a: number, b: number) => {
    const x = values[a]!;
    const y = values[b]!;
    return x < y ? -1 : x > y ? 1 : ties(a, b);
  };
  const order = new Uint32Array(n);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    order[i] = i;
    if (values[i]! < low) low = values[i]!;
    if (values[i]! > high) high = values[i]!;
  }
  const scale = (n - 1) / (high - low);
  if (n <= SMALL || !(scale > 0) || !Number.isFinite(scale)) {
    if (n > SMALL) return order.sort(compare);
    insertionSort(order, 0, n, compare);
    return order;
  }
  const bucket = new Uint32Array(n);
  const ends = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const b = ((values[i]! - low) * scale) | 0;
    bucket[i] = b;
    ends[b]!++;
  }
  for (let b = 1; b < n; b++) ends[b]! += ends[b - 1]!;
  const starts = ends;
  for (let i = n - 1; i >= 0; i--) order[--starts[bucket[i]!]!] = i;
  for (let b = 0; b < n; b++) {
    const from = starts[b]!;
    const to = b + 1 < n ? starts[b + 1]! : n;
    if (to - from > SMALL) order.subarray(from, to).sort(compare);
    else if (to - from > 1) insertionSort(order, from, to, compare);
  }
  return order;
}

function insertionSort(
  order: Uint32Array,
  from: number,
  to: number,
  compare: (a: number, b: number) => number,
): void {
  for (let i = from + 1; i < to; i++) {
    const moving = order[i]!;
    let j = i - 1;
    while (j >= from && compare(order[j]!, moving) > 0) {
      order[j + 1] = order[j]!;
      j--;
    }
    order[j + 1] = moving;
  }
}
