import fc from "fast-check";
import { expect, test } from "vitest";
import { Capacity } from "../../../src/gpu/widths/capacity.ts";
import { WidthModel } from "../../../src/gpu/widths/model.ts";
import { stagesOf } from "../../../src/gpu/widths/stages.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { shipped } from "../shipped.ts";

const layers = fc.array(
  fc.record({
    macs: fc.integer({ min: 1, max: 1000 }),
    weights: fc.integer({ min: 1, max: 1000 }),
    growth: fc.double({ min: 0.1, max: 5, noNaN: true }),
  }),
  { minLength: 1, maxLength: 8 },
);

test("1 as it is, and the mean growth of MACs and weights bounds its square", () => {
  fc.assert(
    fc.property(layers, (all) => {
      const capacity = new Capacity(all);
      const at = (growth: (i: number) => number) =>
        all.reduce((sum, l, i) => sum + capacity.of(i, l.weights * growth(i)), 0);
      expect(at(() => 1)).toBeCloseTo(1, 12);
      // Twice the channels in and out everywhere are four times the weights.
      expect(at(() => 4)).toBeCloseTo(2, 12);
      const ratio = (of: "macs" | "weights") =>
        all.reduce((sum, l) => sum + l[of] * l.growth, 0) / all.reduce((sum, l) => sum + l[of], 0);
      const mean = (ratio("macs") + ratio("weights")) / 2;
      expect(at((i) => all[i]!.growth) ** 2).toBeLessThanOrEqual(mean * (1 + 1e-9));
    }),
  );
});

test("what has no weights counts for nothing", () => {
  const capacity = new Capacity([
    { macs: 10, weights: 0 },
    { macs: 10, weights: 5 },
  ]);
  expect(capacity.of(0, 0)).toBe(0);
  expect(capacity.of(1, 5)).toBe(1);
});

const device = shipped("titan-v");

test("in a network: shifting width from late layers to early ones raises MACs, not capacity", () => {
  const model = new WidthModel(buildNetwork("resnet18"), { device, batch: 8 });
  const { dimensions } = model.ties;
  const shifted = dimensions.map((d) =>
    d.fixed !== undefined ? d.channels : d.channels <= 128 ? d.channels * 1.5 : d.channels / 2,
  );
  expect(model.macs(shifted)).toBeGreaterThan(1.1 * model.macs(model.widths));
  expect(model.capacity(model.widths)).toBeCloseTo(1, 12);
  expect(model.capacity(shifted)).toBeLessThan(0.95);
});

test("stages add up to the network's layers, with widths as published", () => {
  const model = new WidthModel(buildNetwork("resnet18"), { device, batch: 1 });
  const wider = model.ties.dimensions.map((d) =>
    d.fixed === undefined && d.channels === 512 ? 640 : d.channels,
  );
  const stages = stagesOf(model, wider);
  // He et al., CVPR 2016, table 1; the projections of conv3 to conv5 stand with their stage.
  expect(stages.map((s) => [s.size, s.layers, s.before.width])).toEqual([
    ["112x112", 1, 64],
    ["56x56", 4, 64],
    ["28x28", 5, 128],
    ["14x14", 5, 256],
    ["7x7", 5, 512],
    ["1", 1, 1000],
  ]);
  expect(stages.map((s) => s.after.width)).toEqual([64, 64, 128, 256, 640, 1000]);
  const sum = (of: (s: (typeof stages)[number]) => number) => stages.reduce((n, s) => n + of(s), 0);
  expect(sum((s) => s.before.macs)).toBe(model.macs(model.widths));
  expect(sum((s) => s.after.macs)).toBe(model.macs(wider));
  for (const { before, after } of stages)
    for (const { us, tailUs } of [before, after]) {
      expect(tailUs).toBeGreaterThanOrEqual(0);
      expect(tailUs).toBeLessThanOrEqual(us);
    }
});
