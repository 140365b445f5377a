import fc from "fast-check";
import { expect, test } from "vitest";
import { withParameters } from "../../../src/gpu/device.ts";
import { dynamicTarget } from "../../../src/gpu/dynamic/target.ts";
import { latencies } from "../../../src/gpu/dynamic/times.ts";
import { planKernels } from "../../../src/gpu/kernels/index.ts";
import type { Launch } from "../../../src/gpu/lower.ts";
import { shipped } from "../shipped.ts";
import { conv3x3 } from "../works.ts";

// The engine itself, its staircase set to a limit and its tile held, is what the shortcut must give.
test("whole rounds and no rounds are the engine's hard and soft limits", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("v100-sxm2", "gtx-1080-ti", "h100-sxm", "rtx-3090"),
      fc.integer({ min: 1, max: 64 }),
      fc.constantFrom(16, 64, 256),
      fc.integer({ min: 1, max: 28 }),
      (id, batch, outChannels, side) => {
        const work = conv3x3({ batch, outChannels, input: [side, side], output: [side, side] });
        const at = (stairHardness: number) => {
          const device = withParameters(shipped(id), { stairHardness });
          const choice = { algorithm: "implicit-gemm", tile: "scudnn_128x64" };
          const kernels = planKernels(work, device, "fp32", { choice });
          const launch: Launch = { nodes: [], hostUs: 6, kernels };
          return latencies([[launch]], dynamicTarget({ device, host: "compiled" }));
        };
        const soft = at(0.7);
        expect(soft.quantisedUs).toBeCloseTo(at(1).latencyUs, 6);
        const blocks = Math.ceil((batch * side * side) / 128) * Math.ceil(outChannels / 64);
        // Below a block an SM the engine's softest stairs still cost a whole block.
        if (blocks >= shipped(id).smCount) expect(soft.smoothUs).toBeCloseTo(at(0).latencyUs, 6);
        else expect(soft.smoothUs).toBeLessThanOrEqual(at(0).latencyUs);
      },
    ),
  );
});
