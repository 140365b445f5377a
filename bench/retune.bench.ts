// The time of a retune, from the graph to the widths, and of writing the network.
// `npx vitest bench --run bench/retune.bench.ts`
import { readFileSync } from "node:fs";
import { bench, describe } from "vitest";
import { parseDevice } from "../src/gpu/device.ts";
import { WidthModel } from "../src/gpu/widths/model.ts";
import { retune } from "../src/gpu/widths/retune.ts";
import { survey } from "../src/gpu/widths/survey.ts";
import { buildNetwork } from "../src/zoo/index.ts";

const device = parseDevice(
  JSON.parse(readFileSync(new URL("../src/gpu/devices/titan-v.json", import.meta.url), "utf8")),
);
const graph = buildNetwork("resnet50");
const few = { time: 0, iterations: 5, warmupIterations: 1, warmupTime: 0 };

for (const host of ["eager", "cuda-graph"] as const)
  describe(`ResNet-50, batch 1, ${host} (goal: retune in 2 s)`, () => {
    const options = { device, batch: 1, host };
    bench("model", () => void new WidthModel(graph, options), few);
    bench("widths", () => void survey(new WidthModel(graph, options)), few);
    for (const keep of ["latency", "macs"] as const)
      bench(
        `retune --keep ${keep}`,
        () => void retune(new WidthModel(graph, options), { goal: { keep } }),
        few,
      );
  });
