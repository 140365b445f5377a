/** The kernels on a real WebGPU device: Dawn on the Vulkan driver that chromium carries. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import { stream } from "../../../src/base/rng.ts";
import { checkKernels, GpuTimer, type Workload } from "../../../src/gpu/measure/index.ts";
import {
  chase,
  conv,
  copy,
  empty,
  fma,
  matmul,
  triad,
} from "../../../src/gpu/measure/kernels/index.ts";
import { type OpenedGpu, openGpu } from "../../../src/study/measure/adapter.ts";
import { swiftshaderIcd } from "../../shared.ts";

const icd = swiftshaderIcd();

function randoms(n: number, index: number): Float32Array {
  const rng = stream(9, "test/kernels", index);
  return Float32Array.from({ length: n }, () => 2 * rng.float() - 1);
}

function closeTo(got: Float32Array, want: readonly number[]) {
  expect(got.length).toBe(want.length);
  const largest = Math.max(...want.map(Math.abs));
  const worst = Math.max(...want.map((w, i) => Math.abs(got[i]! - w)));
  expect(worst / largest).toBeLessThan(1e-5);
}

describe.skipIf(icd === undefined)("kernels on SwiftShader", () => {
  let gpu: OpenedGpu;
  let timer: GpuTimer;
  const before = process.env.VK_ICD_FILENAMES;

  beforeAll(async () => {
    process.env.VK_ICD_FILENAMES = icd;
    gpu = await openGpu(undefined);
    timer = new GpuTimer(gpu.device);
  });
  afterAll(() => {
    timer.destroy();
    if (before === undefined) delete process.env.VK_ICD_FILENAMES;
    else process.env.VK_ICD_FILENAMES = before;
  });

  it("multiplies matrices", async () => {
    for (const [m, n, k] of [
      [1, 1, 1],
      [64, 64, 16],
      [65, 130, 19],
    ] as const) {
      const a = randoms(m * k, 0);
      const b = randoms(k * n, 1);
      const want: number[] = [];
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          let s = 0;
          for (let l = 0; l < k; l++) s += a[i * k + l]! * b[l * n + j]!;
          want.push(s);
        }
      closeTo(await timer.compute(matmul({ m, n, k }, "test"), [a, b]), want);
    }
  });

  it.each([
    { batch: 1, channels: 1, height: 1, width: 1, filters: 1, kernel: 1 },
    { batch: 3, channels: 4, height: 6, width: 5, filters: 33, kernel: 3 },
    { batch: 1, channels: 2, height: 9, width: 11, filters: 3, kernel: 5 },
  ])("convolves %o", async (s) => {
    const x = randoms(s.batch * s.channels * s.height * s.width, 2);
    const w = randoms(s.filters * s.channels * s.kernel ** 2, 3);
    const pad = (s.kernel - 1) / 2;
    const pixel = (n: number, c: number, v: number, u: number) =>
      v < 0 || u < 0 || v >= s.height || u >= s.width
        ? 0
        : x[((n * s.channels + c) * s.height + v) * s.width + u]!;
    const want: number[] = [];
    for (let n = 0; n < s.batch; n++)
      for (let f = 0; f < s.filters; f++)
        for (let p = 0; p < s.height; p++)
          for (let q = 0; q < s.width; q++) {
            let sum = 0;
            for (let c = 0; c < s.channels; c++)
              for (let r = 0; r < s.kernel; r++)
                for (let t = 0; t < s.kernel; t++)
                  sum +=
                    w[((f * s.channels + c) * s.kernel + r) * s.kernel + t]! *
                    pixel(n, c, p + r - pad, q + t - pad);
            want.push(sum);
          }
    closeTo(await timer.compute(conv(s, "test"), [x, w]), want);
  });

  it("copies, and adds a scaled vector", async () => {
    const bytes = 3 * 16_384;
    const a = randoms(bytes / 4, 4);
    const b = randoms(bytes / 4, 5);
    closeTo(await timer.compute(copy(bytes), [a]), [...a]);
    closeTo(
      await timer.compute(triad(bytes), [a, b]),
      [...a].map((x, i) => x + 0.5 * b[i]!),
    );
  });

  it("checks its own kernels, and refuses a device that computes wrong", async () => {
    await checkKernels(timer);
    const wrong = Object.create(timer) as GpuTimer;
    wrong.compute = async (work: Workload, inputs: readonly Float32Array[]) =>
      (await timer.compute(work, inputs)).map((x, i) => (i === 40 ? x * 1.01 + 0.01 : x));
    await expect(checkKernels(wrong)).rejects.toThrow(/computes matmul wrong/);
    wrong.compute = async (work) =>
      new Float32Array(work.program.buffers[0]!.words).fill(Number.NaN);
    await expect(checkKernels(wrong)).rejects.toThrow(UserError);
  });

  it("times every kernel, and longer work for longer", async () => {
    const one = { sweep: "test", workgroups: 1, iterations: 8 };
    const works = [
      empty(16),
      fma({ ...one, chains: 4 }),
      chase({ ...one, workgroup: 32, storageBytes: 1024 }),
      chase({ ...one, workgroup: 256, storageBytes: 1024 }),
      copy(1 << 18),
    ];
    const samples = await timer.time(works, 3);
    for (const s of samples) {
      expect(s.us.length + s.dropped).toBe(3);
      expect(s.us.length).toBeGreaterThan(0);
      expect([...s.us].every((us) => us > 0)).toBe(true);
    }
    const [short, long] = await timer.time(
      [fma({ ...one, iterations: 100 }), fma({ ...one, workgroups: 16, iterations: 1000 })],
      3,
    );
    // 160 times the work: at least ten times the time, on the busiest machine.
    expect(Math.min(...long!.us)).toBeGreaterThan(10 * Math.min(...short!.us));
    // Quantised timestamps would all be multiples of 65,536.
    expect(timer.quantumNs).toBeLessThan(1000);
  });

  it("lists the adapters where the one asked for is not there", async () => {
    const error = await openGpu("no such board").catch((e: unknown) => e as UserError);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(/no such board[\s\S]*SwiftShader/);
  });

  it("counts workgroups beyond one dimension's limit", () => {
    const { grid } = fma({ sweep: "test", workgroups: 70_000, iterations: 1 });
    expect(grid[0] * grid[1]).toBeGreaterThanOrEqual(70_000);
    expect(Math.max(...grid)).toBeLessThanOrEqual(65_535);
  });
});

it.skipIf(icd === undefined)("says what to install where there is no driver", async () => {
  const before = process.env.VK_ICD_FILENAMES;
  process.env.VK_ICD_FILENAMES = "/nonexistent.json";
  try {
    const error = await openGpu(undefined).catch((e: unknown) => e as UserError);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).hint).toMatch(/libvulkan1/);
  } finally {
    if (before === undefined) delete process.env.VK_ICD_FILENAMES;
    else process.env.VK_ICD_FILENAMES = before;
  }
});
