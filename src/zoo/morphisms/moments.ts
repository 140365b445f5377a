/**
 * Mean and variance of each channel of a feature map, estimated from the batch normalizations behind
 * it: BatchNormalization gives mean `shift` and variance `scale`², sums add them up, and what a
 * rectifier makes of a Gaussian is known. No data is run.
 */
import { numbers } from "../../graph/tensor.ts";
import { isOp, type Network } from "./network.ts";

export interface Moments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/**
 * Computed when called, once: it reads weights. Where nothing is known, mean 0 and variance 1.
 *
 * @param value [batch, channels, …spatial]
 */
export function momentsOf(network: Network, value: string): () => Moments {
  let found: Moments | undefined;
  return () => {
    const { channels } = network.features(value)!;
    found ??= estimate(network, value, channels, new Map()) ?? standard(channels);
    return found;
  };
}

function standard(channels: number): Moments {
  return { mean: new Float64Array(channels), variance: new Float64Array(channels).fill(1) };
}

function estimate(
  network: Network,
  value: string,
  channels: number,
  known: Map<string, Moments | undefined>,
): Moments | undefined {
  if (known.has(value)) return known.get(value);
  const found = compute(network, value, channels, known);
  known.set(value, found);
  return found;
}

function compute(
  network: Network,
  value: string,
  channels: number,
  known: Map<string, Moments | undefined>,
): Moments | undefined {
  const node = network.index.producer(value);
  if (network.features(value)?.channels !== channels || node === undefined) return undefined;
  const of = (input: number) => estimate(network, node.inputs[input]!, channels, known);
  if (isOp(node, "BatchNormalization")) {
    const scale = network.constants.of(node.inputs[1]!);
    const shift = network.constants.of(node.inputs[2]!);
    if (scale === undefined || shift === undefined) return undefined;
    return {
      mean: Float64Array.from(numbers(shift)),
      variance: Float64Array.from(numbers(scale), (x) => x * x),
    };
  }
  if (isOp(node, "Relu", "Clip")) {
    const before = of(0);
    return before && rectified(before);
  }
  if (isOp(node, "Add")) {
    const a = of(0);
    const b = of(1);
    return a && b && sum(a, b);
  }
  if (isOp(node, "Identity", "Dropout", "MaxPool", "AveragePool")) return of(0);
  return undefined;
}

/** As if the two did not depend on one another. */
function sum(a: Moments, b: Moments): Moments {
  return {
    mean: a.mean.map((x, i) => x + b.mean[i]!),
    variance: a.variance.map((x, i) => x + b.variance[i]!),
  };
}

/** Moments of max(0, x) for Gaussian x. */
function rectified({ mean, variance }: Moments): Moments {
  const outMean = new Float64Array(mean.length);
  const outVariance = new Float64Array(mean.length);
  for (let c = 0; c < mean.length; c++) {
    const m = mean[c]!;
    const s = Math.sqrt(variance[c]!);
    if (s === 0) {
      outMean[c] = Math.max(0, m);
      continue;
    }
    const z = m / s;
    const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
    const below = normalCdf(z);
    const first = m * below + s * density;
    const second = (m * m + s * s) * below + m * s * density;
    outMean[c] = first;
    outVariance[c] = Math.max(0, second - first * first);
  }
  return { mean: outMean, variance: outVariance };
}

/** Abramowitz and Stegun 7.1.26, to 1.5e-7. */
function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const tail =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) *
    t *
    Math.exp(-x * x);
  return z >= 0 ? 1 - tail / 2 : tail / 2;
}
