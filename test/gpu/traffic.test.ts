import { describe, expect, test } from "vitest";
import { withParameters } from "../../src/gpu/device.ts";
import { planKernels } from "../../src/gpu/kernels/index.ts";
import { operandReads, rowCost } from "../../src/gpu/kernels/traffic.ts";
import { shipped } from "./shipped.ts";

const product = (batch: number, m: number, n: number, k: number, weightB = false) =>
  ({ kind: "matmul", batch, m, n, k, weightB, bias: false }) as const;

describe("DRAM traffic of tiled products", () => {
  const p4 = shipped("p4");

  test("operands that fit L2 are read once each", () => {
    const half = p4.l2Bytes / 4;
    expect(operandReads(half, 16, half, 16, 40, p4)).toEqual({ a: half, b: half });
  });

  test("never less than once, and at most once for each row and column of tiles", () => {
    const [a, b] = [40 * p4.l2Bytes, 8 * p4.l2Bytes];
    for (const slots of [1, 10, 100, 10_000]) {
      const reads = operandReads(a, 32, b, 16, slots, p4);
      expect(reads.a).toBeGreaterThanOrEqual(a);
      expect(reads.a).toBeLessThanOrEqual(16 * a);
      expect(reads.b).toBeGreaterThanOrEqual(b);
      expect(reads.b).toBeLessThanOrEqual(32 * b);
    }
  });

  test("long rows cost up to stridedReads, short ones as much as streaming", () => {
    const v100 = withParameters(shipped("v100-pcie"), { stridedReads: 3 });
    expect(rowCost(1, v100)).toBeLessThan(1.03);
    expect(rowCost(100_000, v100)).toBeGreaterThan(2.99);
  });

  // NeuSight, V100: 452 products of 618 x 27 x 818 take 3.545 ms, ones of 21 x 851 x 648 reach 412 GB/s.
  test("a tall operand with long rows is slower than the same bytes in a wide one", () => {
    const v100 = shipped("v100-pcie");
    const us = (work: ReturnType<typeof product>): number =>
      planKernels(work, v100, "fp32").reduce((sum, k) => sum + k.timeUs, 0);
    const tall = us(product(452, 618, 27, 818));
    expect(tall / us(product(452, 27, 618, 818))).toBeGreaterThan(1.4);
    expect(Math.abs(tall / 3545 - 1)).toBeLessThan(0.25);
  });
});

describe("linear layers on Pascal", () => {
  const p4 = shipped("p4");
  const tflops = (m: number, n: number, k: number): number => {
    const us = planKernels(product(1, m, n, k, true), p4, "fp32").reduce((s, x) => s + x.timeUs, 0);
    return (2e-6 * m * n * k) / us;
  };

  // NeuSight, P4: 809 x 2772 x 360 runs at 2.4 TFLOP/s, 6704 x 7122 x 38828 at 0.58.
  test("irregular products beyond the reach of address translations slow down", () => {
    expect(tflops(809, 2772, 361)).toBeGreaterThan(1.7);
    expect(tflops(6705, 7123, 38_829)).toBeLessThan(1.1);
  });

  test("regular products take the large tile, irregular ones do not", () => {
    const tile = (m: number, n: number, k: number): string =>
      planKernels(product(1, m, n, k, true), p4, "fp32")[0]!.plan.name;
    expect(tile(2048, 4096, 1024)).toBe("sgemm_128x128");
    expect(tile(2047, 4095, 1023)).not.toMatch(/128x128|128x64/);
  });
});
