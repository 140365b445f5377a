import { describe, expect, test } from "vitest";
import type { Observation } from "../../src/gpu/calibration/observation.ts";
import type { Device } from "../../src/gpu/device.ts";
import { planKernels } from "../../src/gpu/kernels/index.ts";
import { sharedPath } from "../shared.ts";
import { everything, sample } from "./measured.ts";
import { shipped } from "./shipped.ts";

const boards = new Map<string, Device>();

function board(id: string): Device {
  const known = boards.get(id) ?? shipped(id);
  boards.set(id, known);
  return known;
}

/**
 * Blocks of the profiled kernel as we launch it. CUTLASS swizzles its grid (the x and y extents are
 * folded by powers of two), so the product of its extents is not the number of tiles.
 */
function mismatches(observations: readonly Observation[]): string[] {
  const out: string[] = [];
  for (const o of observations) {
    const { launched } = o;
    if (launched?.tile === undefined || launched.tile.startsWith("cutlass")) continue;
    const kernels = planKernels(o.work, board(o.device), o.precision, { choice: launched });
    const main = kernels.find((k) => k.plan.tile !== null)!;
    if (main.plan.name !== launched.tile || main.blocks !== launched.blocks) {
      out.push(
        `${o.device} ${o.shape}: ${main.plan.name} ${main.blocks}, profiled ${launched.tile} ${launched.blocks}`,
      );
    }
  }
  return out;
}

describe("launched grids", () => {
  test("equal the profiled ones on the sample, every row", () => {
    const rows = sample().filter((o) => o.launched !== undefined);
    expect(rows.length).toBeGreaterThan(600);
    expect(mismatches(rows)).toEqual([]);
  });

  const folder = sharedPath("data/gpu");
  test.skipIf(folder === undefined)("equal the profiled ones on all measured rows", () => {
    const rows = everything(folder!).filter((o) => o.launched !== undefined);
    expect(rows.length).toBeGreaterThan(27_000);
    expect(mismatches(rows)).toEqual([]);
  });
});
