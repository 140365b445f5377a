/** The grid of blocks over a feature map, and how many of them are active. */
import { UserError } from "../../base/errors.ts";

export interface BlockGrid {
  /** Rows and columns of a block. */
  readonly block: readonly [number, number];
  /** Blocks along the height and the width of one image. */
  readonly rows: number;
  readonly columns: number;
  /** Of the whole batch. */
  readonly total: number;
  /** Share of the blocks' positions that lie on the map: below 1 where the blocks do not divide it. */
  readonly coverage: number;
}

/**
 * ceil(H / g) x ceil(W / g) blocks an image. Blocks at the lower and right edge may reach past the map:
 * a stack needs equal blocks, so they are computed whole, and what lies outside is not written back.
 *
 * @param map rows and columns of the region's output
 * @throws UserError where a side is no whole number of at least 1, or the block is larger than the map
 */
export function blockGrid(
  block: number | readonly [number, number],
  map: readonly [number, number],
  batch: number,
  where: string,
): BlockGrid {
  const sides = typeof block === "number" ? ([block, block] as const) : block;
  const [height, width] = map;
  if (sides.length !== 2 || sides.some((side) => !(Number.isInteger(side) && side >= 1)))
    throw new UserError(
      `${where}: block ${sides.join(" x ")}, expected whole sides of at least 1`,
      {
        hint: "give the side of a block in positions of the region's output, e.g. 8",
        exitCode: 2,
      },
    );
  if (sides[0] > height && sides[1] > width)
    throw new UserError(
      `${where}: block ${sides.join(" x ")} is larger than the output of ${height} x ${width}`,
      {
        hint: `use a block of at most ${Math.max(height, width)}; that of the whole map skips whole images`,
        exitCode: 2,
      },
    );
  const own = [Math.min(sides[0], height), Math.min(sides[1], width)] as const;
  const rows = Math.ceil(height / own[0]);
  const columns = Math.ceil(width / own[1]);
  return {
    block: own,
    rows,
    columns,
    total: batch * rows * columns,
    coverage: (height * width) / (rows * columns * own[0] * own[1]),
  };
}

/** @throws UserError where the count is no whole number from 0 to all blocks */
export function checkActive(active: number, grid: BlockGrid, where: string): number {
  if (!(Number.isInteger(active) && active >= 0 && active <= grid.total))
    throw new UserError(
      `${where}: ${active} active blocks, expected a whole number from 0 to ${grid.total}`,
      {
        hint: `the map has ${grid.rows} x ${grid.columns} blocks an image; give the count over the whole batch`,
        exitCode: 2,
      },
    );
  return active;
}

/**
 * The blocks of a kept fraction, rounded up as a top-k does: at least the fraction asked for.
 *
 * @throws UserError where the fraction is not in [0, 1]
 */
export function activeBlocks(fraction: number, grid: BlockGrid, where: string): number {
  if (!(fraction >= 0 && fraction <= 1))
    throw new UserError(`${where}: kept fraction ${fraction}, expected a number from 0 to 1`, {
      hint: "1 keeps every block",
      exitCode: 2,
    });
  // 0.3 x 10 is 3.0000000000000004.
  return Math.max(0, Math.min(grid.total, Math.ceil(fraction * grid.total - 1e-9)));
}
