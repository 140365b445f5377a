/** What a profile says of the kernel that ran, beside its time: to compare, not to fit. */
import type { Row } from "./datasets.ts";

export interface Recorded {
  /** In the model's words, or the library's own for algorithms that the model does not have. */
  readonly algorithm?: string;
  /** As the profile prints it, `XxYxZ`. */
  readonly grid?: string;
  readonly blocks?: number;
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  IMPLICIT_GEMM: "implicit-gemm",
  IMPLICIT_PRECOMP_GEMM: "implicit-gemm",
  PRECOMP_GEMM: "implicit-gemm",
  WINOGRAD: "winograd-fused",
  WINOGRAD_FUSED: "winograd-fused",
  WINOGRAD_NONFUSED: "winograd-nonfused",
  GEMM: "explicit-gemm",
};

/** The model's algorithms, and those of libraries that it does not have. */
export const ALGORITHM_NAMES: readonly string[] = [
  ...new Set(Object.values(ALGORITHMS)),
  "gemm",
  "depthwise",
  "deformable-gather",
  "direct",
  "fft",
  "fft-tiling",
];

/** In the model's words, or as cuDNN's enumeration has it. */
export function isAlgorithm(name: string): boolean {
  return Object.hasOwn(ALGORITHMS, inCapitals(name)) || ALGORITHM_NAMES.includes(inWords(name));
}

/** @param column of the algorithm's name, where the table has one */
export function recordedOf(row: Row, column?: string): Recorded | undefined {
  const name = column === undefined ? "" : (row[column] ?? "").trim();
  const grid = (row.grid ?? "").trim();
  const blocks = blocksOf(grid);
  if (name === "" && blocks === undefined) return undefined;
  return {
    ...(name === "" ? {} : { algorithm: ALGORITHMS[inCapitals(name)] ?? inWords(name) }),
    ...(blocks === undefined ? {} : { grid, blocks }),
  };
}

const inCapitals = (name: string): string => name.toUpperCase().replaceAll("-", "_");
const inWords = (name: string): string => name.toLowerCase().replaceAll("_", "-");

/** Blocks of a grid written `X`, `XxY` or `XxYxZ`; undefined where it is none. */
export function blocksOf(grid: string): number | undefined {
  if (!/^\d+(x\d+){0,2}$/.test(grid)) return undefined;
  let blocks = 1;
  for (const extent of grid.split("x")) blocks *= Number(extent);
  return blocks > 0 ? blocks : undefined;
}
