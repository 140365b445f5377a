/** Which blocks to take where nobody says. */

/** Larger blocks leave too few to choose among; smaller ones are mostly halo. */
const LARGEST = 8;
const SMALLEST = 3;

/**
 * The largest side up to 8 that divides the map and leaves at least two blocks along it; where only
 * slivers would divide it, the largest that leaves two.
 *
 * @param side of the map, positions
 */
export function blockSide(side: number): number {
  const most = Math.max(1, Math.min(LARGEST, Math.ceil(side / 2)));
  for (let block = most; block >= SMALLEST; block--) if (side % block === 0) return block;
  return most;
}
