/** Capabilities by architecture after the table of CUDA's programming guide, not after the code. */
import { describe, expect, test } from "vitest";
import { parseDevice } from "../../src/gpu/device.ts";
import { deviceIds, deviceJson } from "../../src/study/devices.ts";

interface File {
  architecture: string;
  computeCapability: string | null;
  vendor: string;
  figures: Record<string, { value: number; unit: string; source: string; confidence: string }>;
}
const file = (id: string): File => structuredClone(deviceJson(id)) as unknown as File;

test("every device that ships is one that there can be", () => {
  for (const id of deviceIds()) expect(() => parseDevice(deviceJson(id), id)).not.toThrow();
});

describe("compute capability", () => {
  const REAL: readonly (readonly [string, string])[] = [
    ["maxwell", "5.0"],
    ["maxwell", "5.3"],
    ["pascal", "6.0"],
    ["pascal", "6.1"],
    ["pascal", "6.2"],
    ["ampere", "8.0"],
    ["ampere", "8.6"],
    ["ampere", "8.7"],
    ["ada", "8.9"],
    ["hopper", "9.0"],
    ["blackwell", "10.0"],
    ["blackwell", "12.0"],
  ];
  const like = (architecture: string, computeCapability: string | null): File => {
    const { calibration: _, ...json } = file("gtx-1080-ti") as File & { calibration?: unknown };
    return { ...json, architecture, computeCapability };
  };

  test.each(REAL)("%s has %s, and no other's", (architecture, computeCapability) => {
    expect(() => parseDevice(like(architecture, computeCapability))).not.toThrow();
    for (const [other] of REAL)
      if (other !== architecture)
        expect(() => parseDevice(like(other, computeCapability)), other).toThrow(
          /^device file: computeCapability is \d+\.\d, and architecture \w+ has /,
        );
  });

  test.each([
    ["turing", "9.9", "has 7.5"],
    ["turing", null, "has 7.5"],
    ["volta", "7.5", "has 7.0 to 7.2"],
    ["apple", "8.0", "is not NVIDIA's"],
  ])("%s with %s is refused: %s", (architecture, computeCapability, what) => {
    expect(() => parseDevice(like(architecture, computeCapability), "mine.json")).toThrow(
      `mine.json: computeCapability is ${computeCapability}, and architecture ${architecture} ${what}`,
    );
  });

  test("says nothing of architectures that are not known", () => {
    for (const capability of [null, "9.9"])
      expect(() => parseDevice(like("other", capability))).not.toThrow();
  });
});

describe("rates beside FP32's", () => {
  const rated = (id: string, name: string, value: number) => {
    const json = file(id);
    json.figures[name] = { ...json.figures.fp32Tflops!, value };
    return () => parseDevice(json, "mine.json");
  };

  test("halves below it are refused where no GPU of the architecture has them", () => {
    expect(rated("t4", "fp16Tflops", 1)).toThrow(
      "mine.json: figures.fp16Tflops 1 is below figures.fp32Tflops 8.1, which no GPU of architecture turing and compute capability 7.5 has",
    );
    expect(rated("apple-m1", "fp16Tflops", 0.1)).toThrow(/architecture apple has/);
    expect(rated("rtx-3090", "tf32Tflops", 3)).toThrow(/tf32Tflops 3 is below/);
  });

  test("a GTX 1080 Ti's 1/64 is real, and halves as fast as FP32 too", () => {
    expect(rated("gtx-1080-ti", "fp16Tflops", 11.34 / 64)).not.toThrow();
    expect(rated("rtx-3090", "fp16Tflops", 35.58)).not.toThrow();
  });

  test("TF32 and BF16 came with compute capability 8.0", () => {
    for (const name of ["tf32Tflops", "bf16Tflops"])
      expect(rated("t4", name, 32)).toThrow(
        `figures.${name} is 32, and compute capability 7.5 has no such arithmetic`,
      );
  });
});
