import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import type { Device } from "../../src/gpu/device.ts";
import { planKernels } from "../../src/gpu/kernels/index.ts";
import { PRECISIONS } from "../../src/gpu/types.ts";
import type { ConvWork, MatMulWork, Work } from "../../src/ops/types.ts";
import { shippedIds } from "./measured.ts";
import { shipped } from "./shipped.ts";
import { conv3x3 } from "./works.ts";

const boards = shippedIds.map(shipped);
const v100 = shipped("v100-sxm2");
const a100 = shipped("a100-80-sxm");

function linear(m: number, n: number, k: number): MatMulWork {
  return { kind: "matmul", batch: 1, m, n, k, weightB: true, bias: false };
}

function totalUs(work: Work, device: Device, precision: (typeof PRECISIONS)[number] = "fp32") {
  return planKernels(work, device, precision).reduce((us, k) => us + k.timeUs, 0);
}

/** Works of every kind, and convolutions of every form. */
const works: Record<string, Work> = {
  conv3x3: conv3x3(),
  conv1x1: conv3x3({ kernel: [1, 1], padBegin: [0, 0], padEnd: [0, 0] }),
  strided: conv3x3({ stride: [2, 2], output: [28, 28] }),
  dilated: conv3x3({ dilation: [2, 2], padBegin: [2, 2], padEnd: [2, 2] }),
  grouped: conv3x3({ groups: 4 }),
  depthwise: conv3x3({ groups: 64 }),
  transposed: conv3x3({ transposed: true, stride: [2, 2], output: [112, 112] }),
  deformable: conv3x3({ deformable: true }),
  "1-D": conv3x3({
    input: [4096],
    output: [4096],
    kernel: [9],
    stride: [1],
    dilation: [1],
    padBegin: [4],
    padEnd: [4],
  }),
  "3-D": conv3x3({
    input: [8, 28, 28],
    output: [8, 28, 28],
    kernel: [3, 3, 3],
    stride: [1, 1, 1],
    dilation: [1, 1, 1],
    padBegin: [1, 1, 1],
    padEnd: [1, 1, 1],
  }),
  linear: linear(128, 1000, 2048),
  bmm: { kind: "matmul", batch: 96, m: 196, n: 196, k: 64, weightB: false, bias: false },
  pointwise: { kind: "pointwise", elements: 1e6, flopsPerElement: 2 },
  pool: { kind: "pool", outputElements: 1e5, window: 9 },
  softmax: { kind: "reduce", rows: 1000, length: 1000, passes: 3, keepsShape: true },
  copy: { kind: "copy", elements: 1e6, irregular: false },
  gather: { kind: "copy", elements: 1e6, irregular: true },
};

describe("every work on every board in every precision", () => {
  test.each(Object.entries(works))("%s", (_, work) => {
    for (const device of boards) {
      for (const precision of PRECISIONS) {
        if (device.macsPerClock[precision] === undefined) continue;
        const kernels = planKernels(work, device, precision);
        expect(kernels.length).toBeGreaterThan(0);
        for (const k of kernels) {
          expect(Number.isFinite(k.timeUs) && k.timeUs > 0).toBe(true);
          expect(k.blocks).toBe(k.plan.grid[0] * k.plan.grid[1] * k.plan.grid[2]);
          expect(Number.isInteger(k.blocks) && k.blocks >= 1).toBe(true);
          expect(k.blocksPerSm).toBeGreaterThanOrEqual(1);
          expect(k.waves).toBe(Math.ceil(k.blocks / (k.blocksPerSm * device.smCount)));
          expect(k.tailFill > 0 && k.tailFill <= 1).toBe(true);
          expect(k.smUtilization > 0 && k.smUtilization <= 1).toBe(true);
        }
      }
    }
  });

  test("nothing runs for views and gaps", () => {
    expect(planKernels({ kind: "view" }, v100, "fp32")).toEqual([]);
    expect(planKernels({ kind: "gap", reason: "If" }, v100, "fp32")).toEqual([]);
  });

  test("a precision that the board lacks is the user's error", () => {
    expect(() => planKernels(conv3x3(), v100, "tf32")).toThrow(UserError);
    expect(() => planKernels(conv3x3(), v100, "tf32")).toThrow(/v100-sxm2 has no tf32/);
  });
});

describe("physical bounds", () => {
  const dimension = fc.integer({ min: 1, max: 3000 });

  test("no product beats the roofline at boost clock", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...boards),
        fc.constantFrom(...PRECISIONS),
        dimension,
        dimension,
        dimension,
        (device, precision, m, n, k) => {
          const rate = device.macsPerClock[precision];
          if (rate === undefined) return;
          const boost = Math.max(device.boostMhz, device.tensorBoostMhz);
          const roofUs = (m * n * k) / (rate * device.smCount * boost);
          expect(totalUs(linear(m, n, k), device, precision)).toBeGreaterThan(roofUs);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("non-fused Winograd says how many of its images are padding", () => {
    const images = (batch: number) =>
      planKernels(conv3x3({ batch }), v100, "fp32", {
        choice: { algorithm: "winograd-nonfused" },
      }).map(({ plan }) => plan.images);
    const padded = { own: 4, computed: 16 };
    // The filter's transform knows no images.
    expect(images(4)).toEqual([undefined, padded, padded, padded]);
    expect(images(16).some((each) => each !== undefined)).toBe(false);
  });

  test("a convolution saves at most what its algorithm's arithmetic saves", () => {
    const saving = { "implicit-gemm": 1, "winograd-fused": 2.25, "winograd-nonfused": 4 };
    fc.assert(
      fc.property(
        fc.constantFrom(...boards),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 4, max: 112 }),
        (device, batch, inChannels, outChannels, side) => {
          const work = conv3x3({
            batch,
            inChannels,
            outChannels,
            input: [side, side],
            output: [side, side],
          });
          const kernels = planKernels(work, device, "fp32");
          const algorithm = kernels[0]!.plan.algorithm as keyof typeof saving;
          const macs = (batch * side * side * 9 * inChannels * outChannels) / saving[algorithm];
          const roofUs = macs / (device.lanesPerSm * device.smCount * device.boostMhz);
          expect(kernels.reduce((us, k) => us + k.timeUs, 0)).toBeGreaterThan(roofUs);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("streaming kernels do not beat the data sheet's bandwidth", () => {
    for (const device of boards) {
      const elements = 1e8;
      const us = totalUs({ kind: "pointwise", elements, flopsPerElement: 1 }, device);
      expect((8 * elements) / us).toBeLessThan(device.dramBytesPerUs);
    }
  });
});

describe("the staircase", () => {
  // A hard staircase would be flat inside a wave; the soft one may only rise.
  test("one tile more never makes a fixed launch faster", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(v100, a100, shipped("rtx-2080-ti"), shipped("gtx-1080-ti")),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 16, max: 2048 }),
        (device, tilesN, tilesM, k) => {
          const at = (tiles: number): number =>
            planKernels(linear(tilesM * 128, tiles * 128, k), device, "fp32", {
              choice: { tile: "sgemm_128x128", splitK: 1 },
            })[0]!.timeUs;
          // Better latency hiding of a second block may repay a part of it, by 3 % at most.
          expect(at(tilesN + 1)).toBeGreaterThanOrEqual(0.97 * at(tilesN));
        },
      ),
    );
  });

  test("filters inside a tile are free, the next tile is not", () => {
    const choice = { algorithm: "implicit-gemm", tile: "scudnn_128x64" };
    const us = (outChannels: number): number =>
      planKernels(
        conv3x3({ outChannels, batch: 2, inChannels: 512, input: [14, 14], output: [14, 14] }),
        v100,
        "fp32",
        {
          choice,
        },
      )[0]!.timeUs;
    expect(us(129) / us(192)).toBeCloseTo(1, 2);
    // 4 x 64 filters give 4 blocks a column; 21 x 4 = 84 blocks pass the 80 SMs.
    const full = conv3x3({
      outChannels: 192,
      batch: 13,
      inChannels: 512,
      input: [14, 14],
      output: [14, 14],
    });
    const grid = planKernels(full, v100, "fp32", { choice })[0]!.plan.grid;
    expect(grid).toEqual([20, 3, 1]);
  });

  test("limiters: launch, memory, tail, compute", () => {
    const limiter = (work: Work): string => planKernels(work, v100, "fp32")[0]!.limiter;
    expect(limiter({ kind: "pointwise", elements: 100, flopsPerElement: 1 })).toBe("launch");
    expect(limiter({ kind: "pointwise", elements: 1e7, flopsPerElement: 1 })).toBe("memory");
    expect(limiter(linear(8192, 8192, 4096))).toBe("compute");
    const eightyOne = { choice: { tile: "sgemm_128x128", splitK: 1 } };
    const tail = planKernels(linear(128, 81 * 128, 4096), v100, "fp32", eightyOne)[0]!;
    expect(tail.limiter).toBe("tail");
  });
});

describe("lowering", () => {
  test("a strided 1 x 1 convolution reads a quarter of its input", () => {
    const pointwise = { kernel: [1, 1], padBegin: [0, 0], padEnd: [0, 0] };
    const bytes = (work: ConvWork): number => planKernels(work, a100, "fp32")[0]!.plan.dramBytes;
    const strided = bytes(conv3x3({ ...pointwise, stride: [2, 2], output: [28, 28] }));
    // input/4 + weights + output, 4 bytes each
    expect(strided).toBe(4 * (8 * 64 * 28 * 28 + 64 * 64 + 8 * 64 * 28 * 28));
  });

  test("a transposed convolution costs what its gradient twin costs in MACs", () => {
    const up = conv3x3({ transposed: true, stride: [2, 2], input: [28, 28], output: [56, 56] });
    const flops = planKernels(up, v100, "fp32").reduce((s, k) => s + k.plan.flops, 0);
    expect(flops).toBe(2 * 8 * 56 * 56 * 64 * ((64 * 9) / 4));
  });

  test("a batch beyond the grid's z extent is launched in two", () => {
    const work: MatMulWork = {
      kind: "matmul",
      batch: 65_545,
      m: 196,
      n: 96,
      k: 196,
      weightB: false,
      bias: false,
    };
    expect(planKernels(work, a100, "fp32").map((k) => k.plan.grid[2])).toEqual([65_535, 10]);
  });

  test("odd dimensions cost tensor-core products time", () => {
    const aligned = totalUs(linear(4096, 4096, 4096), v100, "fp16");
    expect(totalUs(linear(4096, 4095, 4095), v100, "fp16")).toBeGreaterThan(1.3 * aligned);
    expect(aligned).toBeLessThan(0.3 * totalUs(linear(4096, 4096, 4096), v100));
  });

  test("before Ampere a tap of three channels costs what one of 32 does", () => {
    const time = (inChannels: number, device: typeof v100): number =>
      totalUs(
        conv3x3({ inChannels, batch: 32, input: [112, 112], output: [112, 112] }),
        device,
        "fp16",
      );
    expect(time(3, v100) / time(32, v100)).toBeGreaterThan(0.9);
    expect(time(3, v100)).toBeLessThanOrEqual(time(32, v100));
    expect(time(64, v100)).toBeGreaterThan(1.4 * time(32, v100));
  });

  test("one row of bytes runs on a narrow tile, unsplit", () => {
    const t4 = shipped("t4");
    const tall = linear(1, 512, 500_000);
    expect(planKernels(tall, t4, "int8")[0]!.plan.splitK).toBe(1);
    // DeepBench on T4: 3,779 us.
    const ratio = totalUs(tall, t4, "int8") / 3779;
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.2);
  });

  test("a fused residual adds its bytes", () => {
    const base = planKernels(conv3x3(), v100, "fp16")[0]!.plan.dramBytes;
    const fused = planKernels(conv3x3(), v100, "fp16", { epilogueBytes: 1e6 })[0]!.plan.dramBytes;
    expect(fused - base).toBe(1e6);
  });

  test("an algorithm that cannot compute it is refused", () => {
    const strided = conv3x3({ stride: [2, 2], output: [28, 28] });
    const choice = { algorithm: "winograd-fused" };
    expect(() => planKernels(strided, v100, "fp32", { choice })).toThrow(UserError);
  });
});
