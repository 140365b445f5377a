/** Predicted time of regions against the share of their blocks that is computed, on named devices. */
import {
  type BreakEven,
  breakEven,
  type DynamicOptions,
  type DynamicRegion,
  regionCurve,
  type WaveBudget,
  waveBudget,
} from "../../gpu/dynamic/index.ts";

export interface CurveRequest {
  /** Shares of the blocks that are asked for. */
  readonly fractions: readonly number[];
  /** Of the budget; see `waveBudget`. */
  readonly tolerance?: number;
  /** Of the staircase's line at most; 0: none. */
  readonly points: number;
}

/** What is asked of a region, and what is granted. */
export interface CurvePoint {
  readonly fraction: number;
  readonly budget: WaveBudget;
  /** Of the blocks asked for: as if thread blocks spread over the SMs without remainder. */
  readonly smoothUs: number;
  /** Of the same: every round charged whole. */
  readonly quantisedUs: number;
  /** Dense time over the granted one, as far as whole rounds give it; 1 where dense is run. */
  readonly promisedSpeedup: number;
}

export interface LinePoint {
  readonly active: number;
  readonly latencyUs: number;
  readonly smoothUs: number;
  readonly quantisedUs: number;
}

export interface RegionCurve {
  readonly region: string;
  readonly device: string;
  /** Rows and columns. */
  readonly block: readonly [number, number];
  /** Of the whole batch. */
  readonly blocks: number;
  readonly denseUs: number;
  readonly breakEven: BreakEven;
  readonly points: readonly CurvePoint[];
  readonly line: readonly LinePoint[];
}

export type Where = Omit<DynamicOptions, "device">;

/** @throws UserError for a fraction outside [0, 1] or a negative tolerance */
export function curveOf(region: DynamicRegion, request: CurveRequest): RegionCurve {
  const { fractions, tolerance } = request;
  const { blocks, dense } = region;
  const rows = regionCurve(region, {
    fractions,
    ...(tolerance === undefined ? {} : { tolerance }),
  });
  return {
    region: region.name,
    device: region.target.device.id,
    block: region.plan.grid.block,
    blocks,
    denseUs: dense.latencyUs,
    breakEven: breakEven(region),
    points: rows.map((row): CurvePoint => {
      const budget = waveBudget(region, row.active, tolerance);
      return {
        fraction: row.keptFraction,
        budget,
        smoothUs: row.smoothUs,
        quantisedUs: row.quantisedUs,
        promisedSpeedup: dense.latencyUs / (dense.latencyUs - budget.promisedUs),
      };
    }),
    line: steps(blocks, request.points).map((active): LinePoint => {
      const { latencyUs, smoothUs, quantisedUs } = region.time(active);
      return { active, latencyUs, smoothUs, quantisedUs };
    }),
  };
}

/** 0 to all blocks, both ends among them. */
function steps(blocks: number, most: number): readonly number[] {
  if (most < 2) return [];
  const count = Math.min(most, blocks + 1);
  return Array.from({ length: count }, (_, i) => Math.round((i * blocks) / (count - 1)));
}
