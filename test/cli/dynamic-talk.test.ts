import { expect, it } from "vitest";
import { predictedText } from "../../src/cli/dynamic-report.ts";

const time = { device: "t4", batch: 1, denseMs: 2, worstMs: 3, regionsOn: false };

it("says where a dynamic network is predicted to be slower than the dense one", () => {
  expect(predictedText({ ...time, expectedMs: 1, speedup: 2 })).toMatch(/3\.00 ms at worst$/);
  expect(predictedText({ ...time, expectedMs: 2.5, speedup: 0.8 })).toMatch(
    /\(0\.80x\).*does not pay there$/,
  );
});
