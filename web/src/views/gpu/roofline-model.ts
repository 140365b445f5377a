/** Kernels under the device's roofs: FLOP/s against FLOPs for each byte of DRAM traffic, both log. */
import type { Limiter } from "../../../../src/gpu/types.ts";
import { groupKernels, peakFlopsPerUs } from "../../../../src/report/kernels.ts";
import type { Side } from "./evaluate.ts";

export interface RooflinePoint {
  readonly members: readonly number[];
  readonly name: string;
  readonly limiter: Limiter;
  /** FLOP/B. */
  readonly intensity: number;
  /** TFLOP/s. */
  readonly tflops: number;
  readonly timeUs: number;
  /** Of all kernels' time, [0, 1]. */
  readonly share: number;
}

export interface Roof {
  readonly name: string;
  readonly tflops: number;
}

export interface RooflineModel {
  readonly points: readonly RooflinePoint[];
  /** Highest first. */
  readonly roofs: readonly Roof[];
  /** TB/s. */
  readonly dramTbs: number;
  /** Kernels without arithmetic or without DRAM traffic: no place on log axes. */
  readonly without: number;
  readonly withoutUs: number;
}

export function rooflineModel({ prediction, device }: Side): RooflineModel {
  const points: RooflinePoint[] = [];
  let without = 0;
  let withoutUs = 0;
  for (const { kernel: k, members, timeUs, share } of groupKernels(prediction.kernels)) {
    if (k.flops > 0 && k.dramBytes > 0)
      points.push({
        members,
        name: k.name,
        limiter: k.limiter,
        timeUs,
        share,
        intensity: k.flops / k.dramBytes,
        tflops: k.flops / k.timeUs / 1e6,
      });
    else {
      without += members.length;
      withoutUs += timeUs;
    }
  }
  const { precision } = prediction;
  const lanes = (2 * device.lanesPerSm * device.smCount * device.clockMhz) / 1e6;
  const own = peakFlopsPerUs(device, precision);
  const roofs: Roof[] = [{ name: "FP32 lanes", tflops: lanes }];
  // Half precision without units of its own runs on the FP32 lanes.
  if (own !== undefined && Math.abs(own / 1e6 / lanes - 1) > 0.01)
    roofs.unshift({
      name: device.tensor[precision] ? `${precision} matrix units` : precision,
      tflops: own / 1e6,
    });
  roofs.sort((a, b) => b.tflops - a.tflops);
  return { points, roofs, dramTbs: device.dramBytesPerUs / 1e6, without, withoutUs };
}

/** Where bandwidth and a roof take the same time, FLOP/B. */
export const ridge = (roof: Roof, dramTbs: number): number => roof.tflops / dramTbs;

export interface Range {
  /** Powers of ten. */
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Room for all points and the bend of each roof. */
export function rangeOf(models: readonly RooflineModel[]): Range {
  const xs: number[] = [];
  const ys: number[] = [];
  for (const { points, roofs, dramTbs } of models) {
    for (const point of points) {
      xs.push(point.intensity);
      ys.push(point.tflops);
    }
    for (const roof of roofs) {
      xs.push(ridge(roof, dramTbs) / 3, ridge(roof, dramTbs) * 3);
      ys.push(roof.tflops, roof.tflops / 10);
    }
  }
  const log = (values: readonly number[], above: number): [number, number] => [
    Math.log10(values.reduce((a, b) => Math.min(a, b))) - 0.15,
    Math.log10(values.reduce((a, b) => Math.max(a, b))) + above,
  ];
  // Above the highest roof stands its name.
  return { x: log(xs, 0.15), y: log(ys, 0.35) };
}
