import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockLimits, occupancy } from "../../src/gpu/occupancy.ts";
import { predict } from "../../src/gpu/predict.ts";
import { WidthModel } from "../../src/gpu/widths/model.ts";
import { survey } from "../../src/gpu/widths/survey.ts";
import { listDevices } from "../../src/study/index.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { counterpart } from "../../web/src/views/gpu/counterpart.ts";
import { evaluate } from "../../web/src/views/gpu/evaluate.ts";
import { adviceOn, ofPeak } from "../../web/src/views/gpu/kernel-figures.ts";
import { rangeOf, ridge, rooflineModel } from "../../web/src/views/gpu/roofline-model.ts";
import { sectionsOf } from "../../web/src/views/gpu/sections.ts";
import { otherSettings, type Settings, settingsOf } from "../../web/src/views/gpu/settings.ts";
import { layerChoices, layerCurve, placeOf } from "../../web/src/views/gpu/staircase/curve.ts";
import { frameOf, positionAt } from "../../web/src/views/gpu/staircase/frame.ts";
import { rowsOf, sorted } from "../../web/src/views/gpu/table-rows.ts";

const devices = listDevices();
const graph = buildNetwork("resnet18");
const settings: Settings = {
  network: undefined,
  device: "rtx-2080-ti",
  precision: "fp32",
  batch: 8,
  host: "eager",
};
const side = evaluate(graph, "resnet18", settings, devices);

describe("what the address says", () => {
  it("has defaults, and names what it does not know", () => {
    expect(settingsOf({})).toMatchObject({ precision: "fp32", batch: 1, host: "eager" });
    expect(() => settingsOf({ precision: "fp17" })).toThrow("precision 'fp17' is not known");
    expect(() => settingsOf({ batch: "0" })).toThrow("batch '0'");
  });

  it("takes what the other side does not name from the first", () => {
    expect(otherSettings({ device: "t4", batch: "4" })).toBeUndefined();
    expect(otherSettings({ device: "t4", batch: "4", "b.precision": "fp16" })).toMatchObject({
      device: "t4",
      batch: 4,
      precision: "fp16",
      network: undefined,
    });
  });

  it("suggests a device for a name that is nearly one", () => {
    const wrong = { ...settings, device: "rtx-2080" };
    expect(() => evaluate(graph, "resnet18", wrong, devices)).toThrow("no device 'rtx-2080'");
  });
});

describe("a side", () => {
  it("is the prediction, with each kernel on both clocks", () => {
    const { device, batch } = { ...settings, device: side.device };
    expect(side.prediction).toEqual(predict(graph, { device, batch }));
    expect(side.kernels.map((k) => k.kernel)).toEqual(side.prediction.kernels);
    expect(side.timeline.spanUs).toBeCloseTo(side.prediction.latencyMs * 1e3, 3);
  });

  it("has its kernels in stages that follow one another", () => {
    const { stages } = side.timeline;
    expect(stages.map((s) => s.name)).toEqual(["112x112", "56x56", "28x28", "14x14", "7x7", "1x1"]);
    expect(stages[0]!.first).toBe(0);
    expect(stages.at(-1)!.last).toBe(side.kernels.length - 1);
    stages.slice(1).forEach((s, i) => {
      expect(s.first).toBe(stages[i]!.last + 1);
    });
  });
});

describe("the table", () => {
  it("has the same time whether equal kernels stand together or not", () => {
    const [one, each] = [rowsOf(side, true), rowsOf(side, false)];
    const sum = (rows: typeof one) => rows.reduce((s, r) => s + r.timeUs, 0);
    expect(each).toHaveLength(side.kernels.length);
    expect(one.length).toBeLessThan(each.length);
    expect(sum(one)).toBeCloseTo(sum(each), 6);
    expect(one.reduce((s, r) => s + r.share, 0)).toBeCloseTo(1, 9);
  });

  it("sorts by any column, either way", () => {
    const rows = rowsOf(side, false);
    const up = sorted(rows, { column: "waves", descending: false }).map((r) => r.kernel.waves);
    const down = sorted(rows, { column: "waves", descending: true }).map((r) => r.kernel.waves);
    expect(up).toEqual([...up].sort((a, b) => a - b));
    expect(down).toEqual([...down].sort((a, b) => b - a));
  });
});

describe("a kernel", () => {
  it("has advice of its own, which bounds what it saves by its time", () => {
    for (const kernel of side.prediction.kernels)
      for (const { savesUs, cause } of adviceOn([kernel], side.prediction, side.device)) {
        expect(cause).not.toBe("host");
        if (savesUs !== null) expect(savesUs).toBeLessThanOrEqual(kernel.timeUs);
      }
  });

  it("has the sections of Nsight Compute, and occupancy as the calculator has it", () => {
    side.kernels.forEach((scheduled, i) => {
      const { device, prediction } = side;
      const sections = sectionsOf({ scheduled, device, prediction });
      expect(sections.map((s) => s.title).slice(0, 3)).toEqual([
        "GPU Speed Of Light Throughput",
        "Launch Statistics",
        "Occupancy",
      ]);
      const line = (label: string) =>
        sections.flatMap((s) => s.lines).find((l) => l.label === label)!;
      const block = {
        threads: scheduled.kernel.block,
        registersPerThread: scheduled.registersPerThread,
        sharedBytes: scheduled.sharedBytesPerBlock,
      };
      expect(line("Theoretical Occupancy").value).toBe(occupancy(block, device.limits).fraction);
      const peak = ofPeak(prediction.kernels[i]!, device, prediction.precision);
      expect(line("Compute (SM) Throughput").value).toBe(peak.compute);
      expect(peak.compute).toBeLessThanOrEqual(1.0001);
    });
  });

  it("is limited by the smallest of its limits", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1024 }),
        fc.integer({ min: 16, max: 255 }),
        fc.integer({ min: 0, max: 49152 }),
        (threads, registersPerThread, sharedBytes) => {
          const block = { threads, registersPerThread, sharedBytes };
          const limits = blockLimits(block, side.device.limits);
          const { blocksPerSm, limitedBy } = occupancy(block, side.device.limits);
          expect(blocksPerSm).toBe(Math.min(...Object.values(limits)));
          expect(limits[limitedBy]).toBe(blocksPerSm);
        },
      ),
    );
  });

  it("finds itself on a side that is the same, and its like on another", () => {
    side.kernels.forEach((_, i) => {
      expect(counterpart(side, side, i)).toBe(i);
    });
    const fused = evaluate(graph, "resnet18", { ...settings, host: "compiled" }, devices);
    const at = counterpart(side, fused, 0)!;
    expect(fused.prediction.kernels[at]!.nodes).toContain(side.prediction.kernels[0]!.nodes[0]);
  });
});

describe("the roofline", () => {
  it("has no kernel above its roofs, and all in sight", () => {
    for (const precision of ["fp32", "fp16"] as const) {
      const model = rooflineModel(evaluate(graph, "a", { ...settings, precision }, devices));
      const { x, y } = rangeOf([model]);
      const highest = model.roofs[0]!.tflops;
      expect(model.roofs.length).toBe(precision === "fp32" ? 1 : 2);
      for (const { intensity, tflops } of model.points) {
        expect(tflops).toBeLessThanOrEqual(Math.min(highest, intensity * model.dramTbs) * 1.001);
        expect(Math.log10(intensity)).toBeGreaterThan(x[0]);
        expect(Math.log10(intensity)).toBeLessThan(x[1]);
        expect(Math.log10(tflops)).toBeGreaterThan(y[0]);
      }
      expect(Math.log10(ridge(model.roofs[0]!, model.dramTbs))).toBeLessThan(x[1]);
    }
  });
});

describe("the staircase", () => {
  const model = new WidthModel(graph, { device: side.device, batch: 8 });
  const choices = layerChoices(model);

  it("has every layer whose channels can change, and the survey's figures and edges", () => {
    const known = survey(model).groups.filter((g) => g.fixed === undefined);
    const layers = known.flatMap((g) => g.layers);
    expect(choices.map((c) => c.layer).sort()).toEqual(layers.map((l) => l.layer).sort());
    for (const choice of choices.slice(0, 6)) {
      const layer = layers.find((l) => l.layer === choice.layer)!;
      const curve = layerCurve(model, choice);
      expect(curve.points.map((p) => p.layerUs)).toEqual(layer.stairs.map((s) => s.us));
      expect(curve.edges.map((e) => curve.points[e]!.channels)).toEqual(layer.edges);
      expect(curve.points[curve.own]!.channels).toBe(choice.channels);
    }
  });

  it("names the free width: between a place and its edge there is no other edge", () => {
    const curve = layerCurve(model, choices[5]!);
    curve.points.forEach((_, i) => {
      const { edge, below } = placeOf(curve, i);
      const between = curve.edges.filter((e) => e >= i && e < (edge ?? Number.POSITIVE_INFINITY));
      expect(between).toEqual([]);
      if (below !== undefined) expect(below).toBeLessThan(i);
    });
  });

  it("finds the width under the pointer", () => {
    const { points } = layerCurve(model, choices[5]!);
    const frame = frameOf(points, (p) => p.layerUs, 700);
    points.forEach((p, i) => {
      expect(positionAt(frame, points, frame.px(p.channels) - 0.01)).toBe(i);
    });
    expect(positionAt(frame, points, -50)).toBe(0);
    expect(positionAt(frame, points, 5000)).toBe(points.length - 1);
  });

  it("has the network's own latency at its own width", () => {
    const curve = layerCurve(model, choices[5]!);
    expect(curve.points[curve.own]!.networkUs / 1e3).toBeCloseTo(side.prediction.latencyMs, 6);
  });
});
