import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stream } from "../../../src/base/rng.ts";
import { predict } from "../../../src/gpu/predict.ts";
import { HOST_MODES } from "../../../src/gpu/types.ts";
import { WidthModel } from "../../../src/gpu/widths/model.ts";
import { identityPick, resizeChannels } from "../../../src/graph/morph/resize.ts";
import { analyze } from "../../../src/ops/analyze.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { SMALL } from "../../reference/networks.ts";
import { shipped } from "../shipped.ts";

const device = shipped("titan-v");

describe("the model at any widths is the prediction for the network of those widths", () => {
  const networks = { ...SMALL, resnet50: () => buildNetwork("resnet50") };
  for (const [name, make] of Object.entries(networks))
    test(name, () => {
      const graph = make();
      for (const host of HOST_MODES) {
        const options = { device, batch: 4, host };
        const model = new WidthModel(graph, options);
        const before = predict(graph, options);
        expect(model.timeline(model.widths).latencyUs).toBeCloseTo(1000 * before.latencyMs, 6);
        expect(model.macs(model.widths)).toBe(analyze(graph).totals.macs * 4);
        fc.assert(
          fc.property(fc.nat(), (seed) => {
            const rng = stream(seed, "test/model");
            const free = new Set(model.free);
            const widths = model.ties.dimensions.map(({ id, channels, multiple }) =>
              free.has(id)
                ? multiple * (1 + rng.int(Math.ceil((2 * channels) / multiple)))
                : channels,
            );
            const picks = new Map(
              model.free.map((id) => [id, { ...identityPick(1), width: widths[id]! }]),
            );
            const resized = resizeChannels(graph, model.ties, picks);
            const p = predict(resized, options);
            expect(model.timeline(widths).latencyUs).toBeCloseTo(1000 * p.latencyMs, 6);
            const { totals } = analyze(resized, { bind: { batch: 4 } });
            expect(model.macs(widths)).toBe(totals.macs);
            expect(model.params(widths)).toBe(totals.params);
          }),
          { numRuns: 4, seed: 11 },
        );
      }
    });
});

test("the host figure that a device file was fitted with counts here as it does in a prediction", () => {
  const graph = buildNetwork("resnet-cifar", { depth: 8 });
  const fitted = shipped("t4");
  const slow = { ...fitted, calibration: { ...fitted.calibration!, hostUsPerOp: 40 } };
  for (const host of HOST_MODES) {
    const options = { device: slow, batch: 1, host };
    const model = new WidthModel(graph, options);
    expect(model.timeline(model.widths).latencyUs).toBeCloseTo(
      1000 * predict(graph, options).latencyMs,
      6,
    );
  }
});
