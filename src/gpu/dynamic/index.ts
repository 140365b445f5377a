/**
 * The cost of dynamic execution on a GPU: regions computed on active blocks only, budgets in whole
 * waves, break-even, early exit, layer skipping, and all of it over a distribution of inputs. Kernels,
 * clocks and host modes are the engine's (`../predict.ts`); docs/dynamic-cost.md says what is modelled.
 */
export { activeBlocks, type BlockGrid } from "./blocks.ts";
export { type BreakEven, breakEven } from "./break-even.ts";
export { TOLERANCE, type WaveBudget, type WaveEdge, waveBudget, waveEdges } from "./budget.ts";
export { type CurveOptions, type CurveRow, curveOnDevices, regionCurve } from "./curve.ts";
export {
  BATCH_POLICIES,
  type BatchPolicy,
  EarlyExit,
  type EarlyExitSpec,
  type EarlyExitTime,
  type ExitStage,
  earlyExitTime,
} from "./early-exit.ts";
export {
  LayerSkip,
  type LayerSkipSpec,
  type LayerSkipTime,
  layerSkipTime,
  type SkipStep,
} from "./layer-skip.ts";
export {
  type Active,
  type DynamicKernel,
  DynamicNetwork,
  type DynamicPlan,
  type DynamicPrediction,
  dynamicTimeOverInputs,
  predictDynamic,
} from "./network.ts";
export type { OverInputsOptions, TimeOverInputs } from "./over-inputs.ts";
export {
  DynamicRegion,
  type NetworkBinding,
  type RegionCost,
  regionIn,
  regionOf,
} from "./region.ts";
export { regionTimeOverInputs } from "./regions-over-inputs.ts";
export type { StageRegion } from "./stage-regions.ts";
export * from "./types.ts";
