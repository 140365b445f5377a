import { expect, test } from "vitest";
import { predict } from "../../src/gpu/predict.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { shipped } from "./shipped.ts";

const graph = buildNetwork("resnet50");
const ms = (id: string, precision: "fp32" | "fp16", channelsLast: boolean) =>
  predict(graph, { device: shipped(id), batch: 256, precision, tuned: true, channelsLast }).gpuMs;

test("channels last saves the conversions of matrix units, and nothing else", () => {
  // timm on an RTX 3090, ResNet-50 at batch 1024: 274.5 against 318.1 ms.
  const saved = ms("rtx-3090", "fp16", true) / ms("rtx-3090", "fp16", false);
  expect(saved).toBeGreaterThan(0.85);
  expect(saved).toBeLessThan(0.97);
  expect(ms("rtx-3090", "fp32", true)).toBe(ms("rtx-3090", "fp32", false));
  expect(ms("titan-xp", "fp16", true)).toBe(ms("titan-xp", "fp16", false));
});
