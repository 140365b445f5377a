import type { DataColumn } from "./encode.ts";

/** Shorter ones are as likely quantities. */
const DIGITS = 5;
/** Digits that a code uses; quantities soon use all ten. */
const ALPHABET = 6;

/**
 * Whole numbers that are codes (`32123`: one digit for each stage), as labels: all of the same
 * length, of few different digits, and not merely rounded. Any other column as it is.
 */
export function asCodes(column: DataColumn): DataColumn {
  if (column.kind === "label" || !isCode(column.data)) return column;
  const index = new Map<number, number>();
  const data = Int32Array.from(column.data, (x) => {
    if (Number.isNaN(x)) return -1;
    if (!index.has(x)) index.set(x, index.size);
    return index.get(x)!;
  });
  return { kind: "label", name: column.name, labels: [...index.keys()].map(String), data };
}

function isCode(values: Float64Array): boolean {
  const texts = new Set<number>(values.filter((x) => !Number.isNaN(x)));
  const digits = new Set<string>();
  let length = 0;
  let rounded = true;
  for (const x of texts) {
    const text = String(x);
    if (length === 0) length = text.length;
    if (text.length !== length || !/^\d+$/.test(text)) return false;
    for (const digit of text) digits.add(digit);
    if (digits.size > ALPHABET) return false;
    if (x % 10 !== 0) rounded = false;
  }
  return texts.size > 1 && length >= DIGITS && !rounded;
}
