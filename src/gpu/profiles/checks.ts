/** What a launch must be to be counted; every reason for leaving one out has a name. */
import type { Dim3 } from "./recording.ts";

/** Longer than any kernel of a network; a clock that was reset looks like this. Microseconds. */
const LONGEST_KERNEL_US = 3600e6;

/** CUDA's limits of a grid and a block (CUDA C++ Programming Guide, technical specifications). */
const GRID_LIMITS: Dim3 = [2 ** 31 - 1, 65535, 65535];
const BLOCK_LIMITS: Dim3 = [1024, 1024, 64];
const MOST_THREADS = 1024;
const MOST_REGISTERS = 255;

/** The reason why a duration cannot be one, or undefined. */
export function durationProblem(us: number | undefined): string | undefined {
  if (us === undefined || Number.isNaN(us)) return "kernel without a duration";
  if (us < 0) return "kernel with a negative duration";
  if (us === 0) return "kernel with a duration of zero";
  if (us > LONGEST_KERNEL_US) return "kernel with a duration above one hour";
  return undefined;
}

export function gridProblem(grid: Dim3 | undefined): string | undefined {
  if (grid === undefined) return "kernel without a grid";
  return within(grid, GRID_LIMITS) ? undefined : "kernel with a grid that CUDA does not allow";
}

export function blockProblem(block: Dim3 | undefined): string | undefined {
  if (block === undefined) return "kernel without a block size";
  const threads = block[0] * block[1] * block[2];
  return within(block, BLOCK_LIMITS) && threads <= MOST_THREADS
    ? undefined
    : "kernel with a block that CUDA does not allow";
}

/** Undefined where the figure is missing or cannot be true. */
export function plausibleRegisters(value: number | undefined): number | undefined {
  return whole(value, 1, MOST_REGISTERS);
}

/** An H100's SM has 228 KiB; a megabyte leaves room for what comes. */
export function plausibleShared(value: number | undefined): number | undefined {
  return whole(value, 0, 2 ** 20);
}

function whole(value: number | undefined, least: number, most: number): number | undefined {
  return value !== undefined && Number.isInteger(value) && value >= least && value <= most
    ? value
    : undefined;
}

function within(size: Dim3, limits: Dim3): boolean {
  return size.every((n, i) => Number.isInteger(n) && n >= 1 && n <= limits[i]!);
}
