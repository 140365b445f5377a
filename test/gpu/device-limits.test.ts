/** A device file with any one figure out of all reason: refused, or predictions are sound numbers. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { parseDevice } from "../../src/gpu/device.ts";
import { predict } from "../../src/gpu/predict.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { buildNetwork } from "../../src/zoo/index.ts";

const file = new URL("../../src/gpu/devices/rtx-2080-ti.json", import.meta.url);
const shipped = (): { figures: Record<string, { value: unknown }> } =>
  JSON.parse(readFileSync(file, "utf8"));
const VALUES = [Number.NaN, 0, -1, 1e-9, 0.5, 1, 3, 100, 1e6, 1e12, 1e300, Infinity, "4", null];

test.each(Object.keys(shipped().figures))("%s", (figure) => {
  const network = analyze(buildNetwork("mobilenet_v2", {}));
  const wrong: string[] = [];
  for (const value of VALUES) {
    const json = shipped();
    json.figures[figure]!.value = value;
    try {
      const device = parseDevice(json, "mine.json");
      for (const precision of ["fp32", "fp16", "int8"] as const) {
        const { latencyMs, kernels } = predict(network, { device, precision });
        const sound = kernels.every(
          (k) => k.timeUs > 0 && k.blocksPerSm >= 1 && k.smUtilization > 0 && k.smUtilization <= 1,
        );
        if (!sound || !Number.isFinite(latencyMs))
          wrong.push(`${value}: ${precision} ${latencyMs}`);
      }
    } catch (e) {
      if (!(e instanceof UserError)) throw e;
      expect(e.message).toContain("mine.json: figures.");
    }
  }
  expect(wrong).toEqual([]);
});
