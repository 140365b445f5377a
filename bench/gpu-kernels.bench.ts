import { readFileSync } from "node:fs";
import { bench, describe } from "vitest";
import { parseDevice } from "../src/gpu/device.ts";
import { planKernels } from "../src/gpu/kernels/index.ts";
import type { ConvWork } from "../src/ops/types.ts";

const json = JSON.parse(
  readFileSync(new URL("../src/gpu/devices/rtx-2080-ti.json", import.meta.url), "utf8"),
);

function conv(batch: number, channels: readonly [number, number], side: number, kernel: number) {
  return {
    kind: "conv",
    batch,
    inChannels: channels[0],
    outChannels: channels[1],
    groups: 1,
    input: [side, side],
    output: [side, side],
    kernel: [kernel, kernel],
    stride: [1, 1],
    dilation: [1, 1],
    padBegin: [(kernel - 1) / 2, (kernel - 1) / 2],
    padEnd: [(kernel - 1) / 2, (kernel - 1) / 2],
    transposed: false,
    deformable: false,
    bias: false,
  } satisfies ConvWork;
}

/** The distinct convolutions of ResNet-50's four stages, projections included. */
const resnet50 = [56, 28, 14, 7].flatMap((side, stage) => {
  const c = 64 << stage;
  return [
    conv(8, [c, c], side, 1),
    conv(8, [c, c], side, 3),
    conv(8, [c, 4 * c], side, 1),
    conv(8, [4 * c, c], side, 1),
    conv(8, [2 * c, 4 * c], side, 1),
  ];
});

for (const precision of ["fp32", "fp16"] as const) {
  describe(`lowering and timing ${resnet50.length} distinct layers, ${precision}`, () => {
    bench("device read anew", () => {
      const device = parseDevice(json);
      for (const work of resnet50) planKernels(work, device, precision);
    });
  });
}
