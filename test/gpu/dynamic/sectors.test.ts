import fc from "fast-check";
import { expect, test } from "vitest";
import {
  dramBytes,
  SECTOR_BYTES,
  sectorEfficiency,
  touchedBytes,
} from "../../../src/gpu/dynamic/sectors.ts";
import { shipped } from "../shipped.ts";

const cut = {
  blocks: 1,
  channels: 1,
  rows: 1,
  columns: 6,
  mapColumns: 56,
  bytesPerElement: 4,
  channelsLast: false,
};

test("sectors of a run, counted at every start", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(1, 2, 4),
      fc.constantFrom(1, 3, 8, 24, 64),
      fc.boolean(),
      (columns, bytesPerElement, channels, channelsLast) => {
        const inner = channelsLast ? channels : 1;
        const runBytes = columns * inner * bytesPerElement;
        let sectors = 0;
        let starts = 0;
        // Every start of a position within some whole sectors.
        for (
          let start = 0;
          start < 32 * inner * bytesPerElement;
          start += inner * bytesPerElement
        ) {
          starts++;
          sectors +=
            Math.floor((start + runBytes - 1) / SECTOR_BYTES) -
            Math.floor(start / SECTOR_BYTES) +
            1;
        }
        const mean = (SECTOR_BYTES * sectors) / starts;
        const runs = channelsLast ? 1 : channels;
        const touched = touchedBytes({
          ...cut,
          columns,
          mapColumns: 41,
          bytesPerElement,
          channels,
          channelsLast,
        });
        expect(touched).toBeCloseTo(runs * mean, 6);
      },
    ),
  );
});

test("short runs waste sectors, long ones and whole rows do not", () => {
  expect(sectorEfficiency({ ...cut, columns: 1 })).toBeCloseTo(4 / 32, 12);
  expect(sectorEfficiency({ ...cut, columns: 3 })).toBeCloseTo(12 / 40, 12);
  expect(sectorEfficiency({ ...cut, columns: 8 })).toBeCloseTo(32 / 60, 12);
  expect(sectorEfficiency({ ...cut, rows: 56, columns: 56 })).toBeGreaterThan(0.99);
  expect(sectorEfficiency({ ...cut, channels: 64, columns: 1, channelsLast: true })).toBe(1);
});

test("a map that fits in L2 is read once, a larger one again in part", () => {
  const device = shipped("v100-sxm2");
  const small = device.l2Bytes / 2;
  expect(dramBytes(5 * small, small, device)).toBe(small);
  expect(dramBytes(small / 3, small, device)).toBe(small / 3);
  const large = 4 * device.l2Bytes;
  const read = dramBytes(3 * large, large, device);
  expect(read).toBeGreaterThan(large);
  expect(read).toBeLessThan(3 * large);
});
