/** Columns of Tidemark's own tables, and what a column that is none of them was meant to be. */
import { suggest } from "../../base/suggest.ts";

const COMMON = ["op", "ms", "us", "device", "precision", "batch", "data"];
const KERNEL = ["timed", "algorithm", "grid"];
const PRODUCT = [...KERNEL, "m", "n", "k"];

const CONVOLUTION = [
  "inChannels",
  "outChannels",
  "height",
  "width",
  "kernel",
  "kernelWidth",
  "stride",
  "strideWidth",
  "dilation",
  "dilationWidth",
  "groups",
  "pad",
  "padWidth",
];

const BY_OPERATOR: Readonly<Record<string, readonly string[]>> = {
  linear: PRODUCT,
  bmm: PRODUCT,
  conv: [...KERNEL, ...CONVOLUTION],
  network: ["network", "host", "tuned", "machine"],
};

const ALL: ReadonlySet<string> = new Set([COMMON, ...Object.values(BY_OPERATOR)].flat());

/** What other programs call a column. */
const SYNONYMS: Readonly<Record<string, string>> = {
  dtype: "precision",
  gpu: "device",
  board: "device",
  model: "network",
  cout: "outChannels",
  h: "height",
  w: "width",
  milliseconds: "ms",
  microseconds: "us",
};

const synonymOf = (word: string): string | undefined =>
  Object.hasOwn(SYNONYMS, word) ? SYNONYMS[word] : undefined;

/** A word of its own, one letter from `data`. */
const FOREIGN: ReadonlySet<string> = new Set(["date"]);

export interface UnknownColumn {
  readonly column: string;
  /** The column that its name stands for; undefined: none, it is the table's own business. */
  readonly meant: string | undefined;
}

/**
 * Columns that the format does not have. Only a column that the table lacks, of the operators that it
 * has, is suggested: beside `stride`, another `stride_of_pool` is no slip.
 *
 * @param operators of the column `op`
 */
export function unknownColumns(
  header: readonly string[],
  operators: ReadonlySet<string>,
): UnknownColumn[] {
  const lacking = [
    COMMON,
    ...[...operators].map((op) => (Object.hasOwn(BY_OPERATOR, op) ? BY_OPERATOR[op]! : [])),
  ]
    .flat()
    .filter((name) => !header.includes(name));
  return header
    .filter((column) => !ALL.has(column))
    .map((column) => ({ column, meant: meantBy(column, lacking) }));
}

/** Shorter names are a letter away from `m`, `n` or `k`, whatever they mean. */
const SHORTEST_SLIP = 3;

function meantBy(column: string, lacking: readonly string[]): string | undefined {
  const word = column.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const same = lacking.find((name) => name.toLowerCase() === word) ?? synonymOf(word);
  if (same !== undefined) return lacking.includes(same) ? same : undefined;
  if (word.length < SHORTEST_SLIP || FOREIGN.has(word)) return undefined;
  // batch_size, kernel_height, padding
  const begun = lacking.find((n) => n.length >= SHORTEST_SLIP && word.startsWith(n.toLowerCase()));
  return begun ?? suggest(word, lacking);
}
