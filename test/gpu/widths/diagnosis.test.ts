import { expect, test } from "vitest";
import { predict } from "../../../src/gpu/predict.ts";
import { diagnose } from "../../../src/gpu/widths/diagnosis.ts";
import { WidthModel } from "../../../src/gpu/widths/model.ts";
import { retune } from "../../../src/gpu/widths/retune.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { shipped } from "../shipped.ts";

const device = shipped("titan-v");
const graph = buildNetwork("resnet18");

test("launch-bound: what helps is named, with the times that are predicted for it", () => {
  const options = { device, batch: 1, host: "eager", hostUsPerOp: 60 } as const;
  const { bound, advice, hostMs } = diagnose(graph, options);
  expect(bound).toBe("launch");
  const text = advice.join("\n");
  for (const host of ["cuda-graph", "compiled"] as const) {
    const { latencyMs } = predict(graph, { ...options, host });
    expect(text).toContain(`(--host ${host}): ${latencyMs.toPrecision(3)} instead of`);
  }
  expect(text).toContain("narrower layers cannot help");
  expect(text).toContain("larger batch: at 8");
  const model = new WidthModel(graph, options);
  const { widths } = retune(model, { goal: { keep: "macs" } });
  // Nothing to gain: the network stays as it is.
  expect(widths).toEqual(model.widths);
  expect(model.timeline(widths).latencyUs / 1000).toBeGreaterThanOrEqual(hostMs);
});

test("nearly launch-bound: how little widths can save at most", () => {
  const options = { device, batch: 8, host: "eager", hostUsPerOp: 40 } as const;
  const { bound, advice, hostMs } = diagnose(graph, options);
  const { latencyMs } = predict(graph, options);
  expect(bound).not.toBe("launch");
  expect(hostMs / latencyMs).toBeGreaterThan(0.85);
  const most = (100 * (1 - hostMs / latencyMs)).toFixed(hostMs / latencyMs > 0.9 ? 1 : 0);
  expect(advice.join("\n")).toContain("nearly launch-bound: the host alone takes");
  expect(advice.join("\n")).toContain(`no widths save more than ${most} %`);
  const model = new WidthModel(graph, options);
  const { widths } = retune(model, { goal: { keep: "macs" } });
  expect(model.timeline(widths).latencyUs / 1000).toBeGreaterThanOrEqual(hostMs);
});

test("where the GPU is the limit, the host is not spoken of", () => {
  const { advice } = diagnose(graph, { device, batch: 64, host: "cuda-graph" });
  expect(advice.join("\n")).not.toMatch(/host alone|captured/);
});
