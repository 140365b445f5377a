// One core: NAS-Bench-201 networks lowered and timed a second, and ResNet-50 from graph to
// prediction. `npx vitest bench --run bench/predict.bench.ts --outputJson bench/results/predict.json`
import { readFileSync } from "node:fs";
import { bench, describe } from "vitest";
import { parseDevice } from "../src/gpu/device.ts";
import { nasBench201Predictor } from "../src/gpu/nasbench201.ts";
import { predict } from "../src/gpu/predict.ts";
import { HOST_MODES } from "../src/gpu/types.ts";
import { analyze } from "../src/ops/analyze.ts";
import { buildNetwork, cellAt } from "../src/zoo/index.ts";

const device = parseDevice(
  JSON.parse(readFileSync(new URL("../src/gpu/devices/rtx-2080-ti.json", import.meta.url), "utf8")),
);
const cells = Array.from({ length: 1000 }, (_, i) => cellAt((i * 7919) % 15_625));

describe("1,000 NAS-Bench-201 networks", () => {
  for (const host of HOST_MODES) {
    const time = nasBench201Predictor({ device, batch: 256, host });
    bench(host, () => {
      for (const cell of cells) time(cell);
    });
  }
});

describe("ResNet-50", () => {
  const graph = buildNetwork("resnet50");
  const analysis = analyze(graph, { bind: { batch: 1 } });
  bench("build", () => {
    buildNetwork("resnet50");
  });
  bench("analyse", () => {
    analyze(graph, { bind: { batch: 1 } });
  });
  bench("predict an analysis", () => {
    predict(analysis, { device });
  });
  bench("predict a graph", () => {
    predict(graph, { device, batch: 1 });
  });
});
