/**
 * What the host takes to feed the GPU, by host mode. All figures of the host stand here.
 *
 * Eager figures are of PyTorch on the hosts of the public NAS-Bench-201 latency table (HELP, NeurIPS
 * 2021): at batch 1 its times are host time alone, and a regression of them on the operations of the
 * 15,625 networks gives, for the 2080 Ti's host, 17 us for x*0 (one elementwise operator called from
 * a module), 20 us for an average pooling and 116 us for ReLU, convolution and batch normalization
 * together. The same figures on the three other hosts are 1.18 to 1.27 times as large: `usPerOp`
 * scales them to a machine.
 */
import type { AnalyzedNode } from "../ops/types.ts";
import type { HostMode } from "./types.ts";

export interface HostFigures {
  /** Whether kernels are of fused operators, and dead ones are dropped. */
  readonly fuses: boolean;
  /** Host time of one elementwise operator (eager) or of one kernel (compiled). Microseconds. */
  readonly usPerOp: number;
  /** Host time of each further kernel of one operator: the driver's call, the rest is done. */
  readonly usPerLaunch: number;
  /** Host time before the first kernel. */
  readonly usToStart: number;
  /** Idle time of the GPU between two kernels that are both queued. */
  readonly gapUs: number;
}

const FIGURES: Readonly<Record<HostMode, HostFigures>> = {
  eager: { fuses: false, usPerOp: 17, usPerLaunch: 2, usToStart: 0, gapUs: 1 },
  // A compiled engine walks a list of kernels: about the cost of the driver's launch call, 5-8 us.
  compiled: { fuses: true, usPerOp: 6, usPerLaunch: 6, usToStart: 10, gapUs: 1 },
  // One launch for the whole graph; the GPU's front end then needs 1-2 us between its nodes.
  "cuda-graph": { fuses: true, usPerOp: 0, usPerLaunch: 0, usToStart: 10, gapUs: 1 },
};

/**
 * @param usPerOp host time of one simple operator on the user's machine; scales the mode's figures
 */
export function hostFigures(mode: HostMode, usPerOp?: number): HostFigures {
  const base = FIGURES[mode];
  if (usPerOp === undefined || base.usPerOp === 0) return base;
  const scale = usPerOp / base.usPerOp;
  return { ...base, usPerOp, usPerLaunch: base.usPerLaunch * scale };
}

/**
 * The host figure to use on a device: what the user gives, else what the device file says of the
 * machine that it was fitted on, in eager mode; undefined: the mode's own.
 */
export function hostUsOf(
  device: { readonly calibration: { readonly hostUsPerOp?: number | undefined } | undefined },
  mode: HostMode,
  given?: number,
): number | undefined {
  return given ?? (mode === "eager" ? device.calibration?.hostUsPerOp : undefined);
}

/**
 * Eager dispatch relative to one elementwise operator. Convolutions and matrix products look up an
 * algorithm and a workspace; batch normalization passes five tensors and a module with state.
 */
const CONTRACTION = 3.2;
const NORMALIZATION = 2.9;
const POOL = 1.25;
const VIEW = 0.3;

/** Host time until the first kernel of a node is issued in eager mode, microseconds. */
export function eagerUs(node: AnalyzedNode, figures: HostFigures): number {
  return figures.usPerOp * weight(node);
}

/** Affine with statistics: scale, shift, mean and variance are operands. */
export function isNormalization(node: AnalyzedNode): boolean {
  return node.epilogue === "affine" && node.inputs.length > 3;
}

function weight(node: AnalyzedNode): number {
  if (isNormalization(node)) return NORMALIZATION;
  switch (node.work.kind) {
    case "conv":
    case "matmul":
      return CONTRACTION;
    case "pool":
    case "reduce":
      return POOL;
    case "view":
      return VIEW;
    case "pointwise":
    case "copy":
    case "gap":
      return 1;
  }
}
