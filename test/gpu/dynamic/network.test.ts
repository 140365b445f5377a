import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import {
  DynamicNetwork,
  type DynamicPlan,
  dynamicTimeOverInputs,
  predictDynamic,
} from "../../../src/gpu/dynamic/index.ts";
import { predict } from "../../../src/gpu/predict.ts";
import { HOST_MODES } from "../../../src/gpu/types.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { v100 } from "./specs.ts";

const network = buildNetwork("resnet18");
const names = network.nodes.map((n) => n.name);
const block = (prefix: string) => names.filter((n) => n.startsWith(`${prefix}.`));
const plan: DynamicPlan = {
  regions: [
    { name: "stage1", nodes: block("layer1.1"), block: 14 },
    { name: "stage2", nodes: block("layer2.1"), block: 7 },
  ],
};
const options = { device: v100, batch: 16, host: "compiled" as const };

describe("a network with dynamic regions", () => {
  test("without regions is what predict says, in every host mode", () => {
    for (const host of HOST_MODES) {
      const p = predictDynamic(network, { regions: [] }, {}, { ...options, host });
      const whole = predict(network, { ...options, host });
      expect(p.latencyMs).toBe(whole.latencyMs);
      expect(p.hostMs).toBe(whole.hostMs);
      expect(p.kernels).toEqual(whole.kernels);
      expect(p.macs).toBe(p.dense.macs);
    }
  });

  test("runs every node once, in a region or outside of it", () => {
    for (const host of HOST_MODES) {
      const p = predictDynamic(network, plan, {}, { ...options, host });
      const own = p.kernels.filter((k) => k.part === undefined || k.part === "conv");
      const seen = new Set(own.flatMap((k) => k.nodes));
      const whole = new Set(p.dense.kernels.flatMap((k) => k.nodes));
      expect(seen).toEqual(whole);
      expect(new Set(p.kernels.map((k) => k.region))).toEqual(
        new Set([undefined, "stage1", "stage2"]),
      );
      for (const node of block("layer1.1"))
        for (const kernel of own)
          if (kernel.nodes.includes(node)) expect(kernel.region).toBe("stage1");
    }
  });

  test("saves by the regions what they save, and the rest stays", () => {
    const p = predictDynamic(
      network,
      plan,
      { stage1: { fraction: 0.25 }, stage2: { blocks: 0 } },
      { ...options, sync: false },
    );
    const { regions, dense } = p;
    expect(regions.map((r) => [r.name, r.active, r.blocks])).toEqual([
      ["stage1", 64, 256],
      ["stage2", 0, 256],
    ]);
    const saved = regions.reduce((s, r) => s + r.denseGpuMs - r.gpuMs, 0);
    expect(dense.gpuMs - p.gpuMs).toBeCloseTo(saved, 7);
    expect(p.latencyMs).toBeLessThan(dense.latencyMs);
    expect(p.macs).toBeLessThan(dense.macs);
    expect(p.notes).toEqual(expect.arrayContaining([...dense.notes]));
    expect(p.notes.join("\n")).toContain("no wait for the number of active blocks");
    expect(JSON.parse(JSON.stringify(p))).toEqual(p);
  });

  test("waits once for each region that does not know its count", () => {
    const at = (syncUs: number) =>
      predictDynamic(network, plan, {}, { ...options, syncUs }).latencyMs;
    expect(1000 * (at(50) - at(20))).toBeCloseTo(60, 6);
  });

  test("its time over inputs keeps the regions of an image together", () => {
    const model = new DynamicNetwork(network, plan, { ...options, batch: 2 });
    const images = [
      [0, 0],
      [16, 16],
    ];
    const t = dynamicTimeOverInputs(model, images);
    const us = (a: number, b: number) => model.latencyUs([a, b]);
    expect(t.method).toBe("exact");
    expect(t.expectedUs).toBeCloseTo((us(0, 0) + 2 * us(16, 16) + us(32, 32)) / 4, 6);
    expect(t.worstUs).toBe(Math.max(us(0, 0), us(16, 16), us(32, 32)));
  });

  test.each([
    [{ regions: [plan.regions[0]!, plan.regions[0]!] }, {}, "two regions are named stage1"],
    [
      { regions: [plan.regions[0]!, { ...plan.regions[0]!, name: "again" }] },
      {},
      "node layer1.1.conv1 is in two regions",
    ],
    [
      plan,
      { stage3: { blocks: 1 } },
      "active blocks of region stage3, which the plan does not have",
    ],
    [plan, { stage1: { blocks: 257 } }, "region stage1: 257 active blocks"],
    [plan, { stage1: { fraction: -0.1 } }, "region stage1: kept fraction -0.1"],
  ])("refuses what cannot be: %#", (wrong, active, message) => {
    const attempt = () => predictDynamic(network, wrong, active, options);
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow(message);
  });

  test("batch 0 and a missing count", () => {
    expect(() => new DynamicNetwork(network, plan, { ...options, batch: 0 })).toThrow("batch 0");
    const model = new DynamicNetwork(network, plan, options);
    expect(() => dynamicTimeOverInputs(model, [[1]])).toThrow("image 0 has 1 counts for 2 regions");
  });
});
