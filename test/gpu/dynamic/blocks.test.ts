import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { activeBlocks, blockGrid, checkActive } from "../../../src/gpu/dynamic/blocks.ts";

const side = fc.integer({ min: 1, max: 40 });

test("blocks cover every position once, and the last ones reach past a map that they do not divide", () => {
  fc.assert(
    fc.property(side, side, side, side, (height, width, g, h) => {
      fc.pre(g <= height || h <= width);
      const grid = blockGrid([g, h], [height, width], 3, "r");
      const seen = new Map<string, number>();
      let computed = 0;
      for (let r = 0; r < grid.rows; r++)
        for (let c = 0; c < grid.columns; c++)
          for (let y = 0; y < grid.block[0]; y++)
            for (let x = 0; x < grid.block[1]; x++) {
              computed++;
              const at = [r * grid.block[0] + y, c * grid.block[1] + x] as const;
              if (at[0] < height && at[1] < width)
                seen.set(at.join(), (seen.get(at.join()) ?? 0) + 1);
            }
      expect(seen.size).toBe(height * width);
      expect([...seen.values()].every((n) => n === 1)).toBe(true);
      expect(grid.coverage).toBeCloseTo((height * width) / computed, 12);
      expect(grid.total).toBe(3 * grid.rows * grid.columns);
    }),
  );
});

test("a kept fraction is rounded up to whole blocks, and not by a rounding error", () => {
  const grid = blockGrid(1, [1, 10], 1, "r");
  for (let i = 0; i <= 10; i++) expect(activeBlocks(i / 10, grid, "r")).toBe(i);
  expect(activeBlocks(0.30001, grid, "r")).toBe(4);
});

test.each([
  [() => blockGrid(0, [8, 8], 1, "region r"), "region r: block 0 x 0"],
  [() => blockGrid(2.5, [8, 8], 1, "region r"), "block 2.5 x 2.5"],
  [() => blockGrid(9, [8, 8], 1, "region r"), "block 9 x 9 is larger than the output of 8 x 8"],
  [
    () => checkActive(5, blockGrid(4, [8, 8], 1, "r"), "region r"),
    "5 active blocks, expected a whole number from 0 to 4",
  ],
  [() => checkActive(-1, blockGrid(4, [8, 8], 1, "r"), "region r"), "-1 active blocks"],
  [() => checkActive(1.5, blockGrid(4, [8, 8], 1, "r"), "region r"), "1.5 active blocks"],
  [() => activeBlocks(1.1, blockGrid(4, [8, 8], 1, "r"), "region r"), "kept fraction 1.1"],
  [() => activeBlocks(Number.NaN, blockGrid(4, [8, 8], 1, "r"), "region r"), "kept fraction NaN"],
])("refuses what cannot be: %#", (attempt, message) => {
  expect(attempt).toThrow(UserError);
  expect(attempt).toThrow(message);
});

test("a block wider than a flat map is cut to it", () => {
  expect(blockGrid(8, [4, 32], 1, "r")).toMatchObject({ block: [4, 8], rows: 1, columns: 4 });
});
