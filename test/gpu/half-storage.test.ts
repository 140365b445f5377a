import { describe, expect, test } from "vitest";
import { planKernels } from "../../src/gpu/kernels/index.ts";
import { shipped } from "./shipped.ts";
import { conv3x3 } from "./works.ts";

const vggLayer = conv3x3({ batch: 12, inChannels: 256, outChannels: 256 });

describe("halves on boards that compute them as FP32", () => {
  test("run FP32's algorithm on Pascal and are no slower", () => {
    const board = shipped("gtx-1080-ti");
    const plan = (precision: "fp16" | "fp32") => planKernels(vggLayer, board, precision);
    const us = (precision: "fp16" | "fp32") => plan(precision).reduce((s, k) => s + k.timeUs, 0);
    expect(plan("fp16")[0]!.plan.algorithm).toBe(plan("fp32")[0]!.plan.algorithm);
    expect(us("fp16")).toBeLessThanOrEqual(us("fp32"));
  });

  test("matrix units and P100's fast halves stay with implicit GEMM", () => {
    for (const id of ["v100-sxm2", "rtx-2080-ti", "p100-pcie"]) {
      const [kernel] = planKernels(vggLayer, shipped(id), "fp16");
      expect(kernel!.plan.algorithm, id).toBe("implicit-gemm");
    }
  });
});
