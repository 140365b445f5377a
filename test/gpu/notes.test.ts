import { describe, expect, it } from "vitest";
import { type Basis, notesOn } from "../../src/gpu/notes.ts";
import { shipped } from "./shipped.ts";

const basis = (changes: Partial<Basis> = {}): Basis => ({
  device: shipped("rtx-2080-ti"),
  precision: "fp32",
  host: "eager",
  tuned: true,
  hostUsPerOp: undefined,
  dropped: 0,
  ...changes,
});
const text = (changes: Partial<Basis> = {}) => notesOn(basis(changes)).join("\n");

describe("notesOn", () => {
  it("says whether the device is calibrated, on what, and how well", () => {
    expect(text()).toContain("rtx-2080-ti is not calibrated");
    const device = shipped("v100-pcie");
    const fits = device.calibration!.fittedOn.filter((f) => f.precision === "fp32");
    expect(fits.length).toBeGreaterThan(0);
    for (const { family, rows, data, heldOutRows, heldOutMedianApe } of fits)
      expect(text({ device })).toContain(
        `${family} in fp32: calibrated on ${rows} measurements (${data}), median error ${(100 * heldOutMedianApe).toFixed(1)} % on ${heldOutRows} others`,
      );
    expect(text({ device, precision: "int8" })).toContain("on no measurements in int8");
  });

  it("says where the host's figures are of another machine, and where convolutions were not measured", () => {
    const jetson = { device: shipped("jetson-orin-nano-8g") };
    expect(text(jetson)).toContain("not Jetson Orin Nano 8GB's own processor");
    expect(text(jetson)).not.toContain("1.5x");
    expect(text({ ...jetson, hostUsPerOp: 60 })).not.toContain("own processor");
    const a100 = { device: shipped("a100-80-sxm"), precision: "fp16" } as const;
    expect(text(a100)).toContain("no convolution in fp16 was measured");
    expect(text({ device: shipped("v100-pcie") })).not.toContain("no convolution");
  });

  it("says what is not modelled", () => {
    expect(text({ precision: "int8" })).toContain("quantise and dequantise kernels are not");
    expect(text({ precision: "fp16" })).toContain("casts of mixed precision are not");
    expect(text({ dropped: 3 })).toContain("3 nodes reach no output");
    expect(text({ host: "cuda-graph" })).toContain("capture is not counted");
    expect(text({ hostUsPerOp: 25 })).toContain("25 us");
    expect(text({ tuned: false })).toContain("cudnn.benchmark");
    expect(text()).not.toContain("cudnn.benchmark");
  });
});
