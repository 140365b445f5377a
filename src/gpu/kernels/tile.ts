/** A thread-block tile: what one block computes, and the resources that it takes. */

export interface Tile {
  readonly name: string;
  /** Extent along the output features of a linear layer, or the pixels of a convolution. */
  readonly a: number;
  /** Extent along the rows of a linear layer, or the filters of a convolution. */
  readonly b: number;
  /** Reduction steps staged at once. */
  readonly k: number;
  readonly threads: number;
  readonly registers: number;
  readonly sharedBytes: number;
  /** Main-loop rate relative to the 128 x 128 tile of the same library. */
  readonly rate: number;
  /**
   * What the library's heuristic sees beside the time: it compares ln(time) + reluctance. Fitted by
   * maximum likelihood to the tiles that profiled launches used.
   */
  readonly reluctance: number;
  /** How operands that exceed what the chip keeps addresses of slow the loop down. */
  readonly reach?: Reach;
  /** Taken only for regular products: two of the three extents are multiples of this. */
  readonly multiple?: number;
}

/**
 * The loop takes 1 + cost ln(1 + operands / bytes) as long: rows along the reduction lie in pages of
 * their own, and beyond a chip's reach of address translations nearly each read waits for one. Seen
 * in linear layers on Pascal, from 2 to 0.6 TFLOP/s on P4 between 30 MB and 1 GB of operands with
 * small tiles; few warps hide it worst.
 */
export interface Reach {
  readonly bytes: number;
  readonly cost: number;
}

export const KB = 1024;

export function tile(
  name: string,
  [a, b, k]: readonly [number, number, number],
  threads: number,
  registers: number,
  sharedBytes: number,
  rate: number,
): Tile {
  return { name, a, b, k, threads, registers, sharedBytes, rate, reluctance: 0 };
}
