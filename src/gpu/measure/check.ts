/** Are the matrix kernels right on this GPU? A wrong kernel's time is worth nothing. */
import { UserError } from "../../base/errors.ts";
import { stream } from "../../base/rng.ts";
import type { GpuTimer } from "./gpu-timer.ts";
import { conv, matmul } from "./kernels/index.ts";

/** Sides that no tile divides, so that every edge is crossed. */
const MATMUL = { m: 70, n: 67, k: 37 };
const CONV = { batch: 2, channels: 5, height: 9, width: 7, filters: 35, kernel: 3 };
/** Largest |difference| over the largest |value|: FP32 sums of some tens of products. */
const TOLERANCE = 1e-5;

/** @throws UserError where a kernel's result differs from a plain loop's */
export async function checkKernels(timer: GpuTimer): Promise<void> {
  const a = randoms(MATMUL.m * MATMUL.k, 0);
  const b = randoms(MATMUL.k * MATMUL.n, 1);
  const product = await timer.compute(matmul(MATMUL, "check"), [a, b]);
  compare("matmul", product, plainMatmul(MATMUL, a, b));

  const { batch, channels, height, width, filters, kernel } = CONV;
  const x = randoms(batch * channels * height * width, 2);
  const w = randoms(filters * channels * kernel * kernel, 3);
  const y = await timer.compute(conv(CONV, "check"), [x, w]);
  compare("conv", y, plainConv(CONV, x, w));
}

function randoms(n: number, index: number): Float32Array {
  const rng = stream(0, "measure/check", index);
  return Float32Array.from({ length: n }, () => 2 * rng.float() - 1);
}

function compare(kernel: string, got: Float32Array, want: Float64Array): void {
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < want.length; i++) {
    const off = Math.abs(got[i]! - want[i]!);
    worst = Math.max(worst, off);
    largest = Math.max(largest, Math.abs(want[i]!));
  }
  // Not `worst > ...`: NaN must not slip through.
  if (!(worst <= TOLERANCE * largest))
    throw new UserError(
      `the GPU computes ${kernel} wrong: off by ${worst.toPrecision(3)} where values reach ${largest.toPrecision(3)}`,
      { hint: "its times would mean nothing; update the GPU's driver" },
    );
}

function plainMatmul({ m, n, k }: typeof MATMUL, a: Float32Array, b: Float32Array): Float64Array {
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let l = 0; l < k; l++)
      for (let j = 0; j < n; j++) c[i * n + j]! += a[i * k + l]! * b[l * n + j]!;
  return c;
}

function plainConv(s: typeof CONV, x: Float32Array, w: Float32Array): Float64Array {
  const y = new Float64Array(s.batch * s.filters * s.height * s.width);
  const pad = (s.kernel - 1) / 2;
  let at = 0;
  for (let n = 0; n < s.batch; n++)
    for (let f = 0; f < s.filters; f++)
      for (let p = 0; p < s.height; p++)
        for (let q = 0; q < s.width; q++, at++)
          for (let c = 0; c < s.channels; c++)
            for (let r = 0; r < s.kernel; r++)
              for (let t = 0; t < s.kernel; t++) {
                const v = p + r - pad;
                const u = q + t - pad;
                if (v < 0 || u < 0 || v >= s.height || u >= s.width) continue;
                y[at]! +=
                  x[((n * s.channels + c) * s.height + v) * s.width + u]! *
                  w[((f * s.channels + c) * s.kernel + r) * s.kernel + t]!;
              }
  return y;
}
