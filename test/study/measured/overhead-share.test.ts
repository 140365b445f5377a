import { describe, expect, test } from "vitest";
import type { Observation } from "../../../src/gpu/calibration/observation.ts";
import { loadDevice } from "../../../src/study/devices.ts";
import {
  notOfTheWork,
  overheadShares,
  tellsOfGpu,
} from "../../../src/study/measured/overhead-share.ts";

const board = loadDevice("t4");
const product = (size: number, measuredUs: number, onGpu = false): Observation => ({
  device: "t4",
  origin: "own",
  family: "linear",
  precision: "fp32",
  work: { kind: "matmul", batch: 1, m: size, n: size, k: size, weightB: true, bias: false },
  measuredUs,
  shape: `${size}`,
  ...(onGpu ? { onGpu } : {}),
});
const fitOf = (meanUs: number) => ({
  parameters: {},
  harness: { "own linear fp32": { meanUs } },
});
const SIZES = [256, 512, 768, 1024, 1536, 2048];
const share = (times: readonly number[], meanUs: number) =>
  overheadShares(
    times.map((us, i) => product(SIZES[i]!, us)),
    fitOf(meanUs),
    board,
  )[0]!;

test("a row tells of the GPU where a third of its time is the GPU's", () => {
  expect(tellsOfGpu(product(256, 150), fitOf(100))).toBe(true);
  expect(tellsOfGpu(product(256, 149), fitOf(100))).toBe(false);
  expect(tellsOfGpu(product(256, 10, true), fitOf(100))).toBe(true);
});

describe("times that do not grow with the work", () => {
  test.each<[string, number[], number, RegExp | undefined]>([
    ["the same", [900, 900, 900, 900, 900, 900], 550, /do not grow .* \(all are the same\); 550/],
    ["in disorder", [900, 880, 910, 870, 905, 860], 550, /prediction -0\.\d+/],
    ["growing beside much overhead", [900, 910, 920, 950, 980, 1100], 850, undefined],
    ["in disorder, but the GPU's", [900, 880, 910, 870, 905, 860], 300, undefined],
    ["the same, but few", [900, 900, 900], 550, undefined],
  ])("%s", (_, times, meanUs, expected) => {
    const found = notOfTheWork(share(times, meanUs));
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(expected);
  });

  test("counts the shapes that tell", () => {
    expect(share([100, 140, 160, 200, 400, 800], 100).telling).toBe(4);
  });
});
