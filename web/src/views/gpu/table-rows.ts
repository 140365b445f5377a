/** Rows of the kernel table: kernels, equal ones together or each alone, with what they are sorted by. */
import type { Kernel } from "../../../../src/gpu/types.ts";
import { groupKernels } from "../../../../src/report/kernels.ts";
import type { Side } from "./evaluate.ts";
import { type OfPeak, ofPeak } from "./kernel-figures.ts";

export interface KernelRow extends OfPeak {
  readonly kernel: Kernel;
  /** Positions in the prediction's kernels. */
  readonly members: readonly number[];
  readonly timeUs: number;
  readonly share: number;
}

export const COLUMNS = [
  "order",
  "name",
  "time",
  "compute",
  "dram",
  "filled",
  "waves",
  "limiter",
] as const;
export type Column = (typeof COLUMNS)[number];

export interface Order {
  readonly column: Column;
  readonly descending: boolean;
}

export const DEFAULT_ORDER: Order = { column: "time", descending: true };

/** `-time`, as the address holds it. */
export function parseOrder(text: string | undefined): Order {
  const descending = text?.startsWith("-") ?? false;
  const column = COLUMNS.find((c) => c === text?.replace(/^-/, ""));
  return column === undefined ? DEFAULT_ORDER : { column, descending };
}

export function rowsOf({ prediction, device }: Side, together: boolean): KernelRow[] {
  const { kernels, precision } = prediction;
  const groups = together
    ? groupKernels(kernels)
    : kernels.map((kernel, i) => ({ kernel, members: [i], timeUs: kernel.timeUs, share: 0 }));
  const total = kernels.reduce((sum, k) => sum + k.timeUs, 0);
  return groups.map((group) => ({
    ...group,
    share: total === 0 ? 0 : group.timeUs / total,
    ...ofPeak(group.kernel, device, precision),
  }));
}

const KEYS: Readonly<Record<Column, (row: KernelRow) => number | string>> = {
  order: (row) => row.members[0]!,
  name: (row) => row.kernel.name,
  time: (row) => row.timeUs,
  compute: (row) => row.compute,
  dram: (row) => row.dram,
  filled: (row) => row.kernel.smUtilization,
  waves: (row) => row.kernel.waves,
  limiter: (row) => row.kernel.limiter,
};

/** Equal ones stay in the order in which they run. */
export function sorted(
  rows: readonly KernelRow[],
  { column, descending }: Order,
): readonly KernelRow[] {
  const key = KEYS[column];
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    return (x < y ? -sign : x > y ? sign : 0) || a.members[0]! - b.members[0]!;
  });
}
