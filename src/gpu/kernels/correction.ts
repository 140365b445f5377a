/**
 * A learned correction of the physical model's time, for one board and one kind of work: a factor
 * between exp(-BOUND) and exp(BOUND), piecewise linear in what the model itself says of a launch. It
 * stands beside the explanation: tile, blocks, waves and limiter are chosen and told without it.
 *
 * Weights are data of the device file, fitted by `calibration/fit-correction.ts` to the rests of
 * measured shapes and kept only where cross-validation gains by them.
 */
import { invariant } from "../../base/errors.ts";
import type { Work } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import type { Precision } from "../types.ts";
import { isWinogradShape } from "./conv.ts";
import { product } from "./shape.ts";

export interface Correction {
  /** `precision kind algorithm`, e.g. `fp32 linear gemm`; {@link correctionKind}. */
  readonly kind: string;
  /** Measured shapes that it was fitted to. */
  readonly rows: number;
  /** Mean absolute percentage error without and with it, on shapes left out of each fit. */
  readonly crossValidated: readonly [number, number];
  /** Mean and deviation of each feature among those shapes. */
  readonly center: readonly number[];
  readonly scale: readonly number[];
  /** Of {@link basis}, then a constant. */
  readonly weights: readonly number[];
}

/** A correction explains at most this much of ln time. */
const BOUND = 0.3;

export const FEATURES = [
  "ln m",
  "ln n",
  "ln k",
  "ln blocks per SM",
  "rounding up of blocks per SM",
  "ln tile area",
  "ln tile aspect",
  "ln split",
  "ln k per split",
  "ln memory over compute",
  "ln compute over balanced",
  "ln bytes over L2",
  "ln intensity",
  "warps on an SM",
] as const;

const at = (name: (typeof FEATURES)[number]): number => FEATURES.indexOf(name);

/** Features that act together. */
const PAIRS: readonly (readonly [number, number])[] = [
  [at("ln k"), at("ln blocks per SM")],
  [at("ln m"), at("ln n")],
  [at("ln m"), at("ln k")],
  [at("ln n"), at("ln k")],
  [at("ln tile area"), at("ln blocks per SM")],
  [at("ln memory over compute"), at("ln blocks per SM")],
  [at("ln memory over compute"), at("ln k")],
  [at("ln tile aspect"), at("ln m")],
  [at("ln k per split"), at("ln blocks per SM")],
  [at("ln bytes over L2"), at("ln memory over compute")],
];
/** Where the slope of a feature changes, in deviations; beyond the last limit it is constant. */
const KNOTS = [-1, 0, 1];
const REACH = 3;

export const BASIS_SIZE = FEATURES.length * (1 + KNOTS.length) + PAIRS.length;

/**
 * Undefined where no correction can apply: works without a product in them. Convolutions in FP32 that
 * are not 3x3 of stride 1 are left alone, since no measured table has them.
 */
export function correctionKind(
  work: Work,
  kernels: readonly TimedKernel[],
  precision: Precision,
): string | undefined {
  const main = kernels.find((k) => k.plan.tile !== null);
  if (main === undefined) return undefined;
  if (work.kind === "matmul") {
    const use = work.weightB ? "linear" : work.batch > 1 ? "batched" : "plain";
    return `${precision} ${use} ${main.plan.algorithm}`;
  }
  if (work.kind !== "conv") return undefined;
  const use = precision !== "int8" && isWinogradShape(work) ? "conv3x3" : "conv";
  return `${precision} ${use} ${main.plan.algorithm}`;
}

/** What the model says of a launch, in the order of FEATURES. */
export function featuresOf(
  work: Work,
  kernels: readonly TimedKernel[],
  device: Device,
): readonly number[] {
  const main = kernels.find((kernel) => kernel.plan.tile !== null)!;
  const [m, n, k] = extents(work);
  const { plan, parts, blocks, blocksPerSm } = main;
  const [a, b] = plan.tile!;
  const perSm = blocks / device.smCount;
  return [
    Math.log(m),
    Math.log(n),
    Math.log(k),
    Math.log(perSm),
    Math.ceil(perSm) / perSm,
    Math.log(a * b),
    Math.log(a / b),
    Math.log(plan.splitK),
    Math.log(Math.max(1, k / plan.splitK)),
    Math.log(parts.memoryUs / parts.computeUs),
    Math.log(parts.computeUs / parts.balancedUs),
    Math.log(plan.dramBytes / device.l2Bytes),
    Math.log(plan.flops / plan.dramBytes),
    Math.min(blocksPerSm, Math.ceil(perSm)) * (plan.block / 32),
  ];
}

function extents(work: Work): readonly [number, number, number] {
  if (work.kind === "matmul") return [work.weightB ? work.batch * work.m : work.m, work.n, work.k];
  invariant(work.kind === "conv", `${work.kind} has no extents of a product`);
  return [
    work.outChannels,
    work.batch * product(work.output),
    work.inChannels * product(work.kernel),
  ];
}

/** Values of the piecewise linear basis at a launch. */
export function basis(
  features: readonly number[],
  center: readonly number[],
  scale: readonly number[],
): Float64Array {
  const out = new Float64Array(BASIS_SIZE);
  const z = features.map((x, i) => Math.min(REACH, Math.max(-REACH, (x - center[i]!) / scale[i]!)));
  let next = 0;
  for (const value of z) out[next++] = value;
  for (const knot of KNOTS) for (const value of z) out[next++] = Math.max(0, value - knot);
  for (const [a, b] of PAIRS) out[next++] = z[a]! * z[b]!;
  return out;
}

export function correctionFactor(
  { center, scale, weights }: Correction,
  features: readonly number[],
) {
  const values = basis(features, center, scale);
  let sum = weights[BASIS_SIZE]!;
  for (let i = 0; i < BASIS_SIZE; i++) sum += weights[i]! * values[i]!;
  return Math.exp(Math.min(BOUND, Math.max(-BOUND, sum)));
}

/** The same kernels with corrected times, where the board's file has a correction for such work. */
export function corrected(
  kernels: readonly TimedKernel[],
  work: Work,
  device: Device,
  precision: Precision,
): readonly TimedKernel[] {
  if (device.corrections.length === 0) return kernels;
  const kind = correctionKind(work, kernels, precision);
  const correction = device.corrections.find((c) => c.kind === kind);
  if (correction === undefined) return kernels;
  const factor = correctionFactor(correction, featuresOf(work, kernels, device));
  return kernels.map((kernel) => ({
    ...kernel,
    timeUs: kernel.timeUs * factor,
    correction: factor,
  }));
}
