import { expect, it } from "vitest";
import { advise } from "../../src/report/advice.ts";
import { limiterTotals } from "../../src/report/kernels.ts";
import { buildNetwork } from "../../src/zoo/index.ts";
import { partsOf, plainText } from "../../web/src/components/plain-text.ts";
import { unfold } from "../../web/src/graph-view/unfold.ts";
import { analyzed, costsOf, outlined } from "../../web/src/views/design/analysis.ts";
import { shipped } from "../gpu/shipped.ts";

const device = shipped("rtx-2080-ti");
const graph = buildNetwork("resnet50", {});
const unfolded = unfold(graph);
const found = analyzed(graph, unfolded, { batch: 1, bind: {} });
const costs = costsOf(found, outlined(unfolded, found), {
  device,
  precision: "fp32",
  host: "eager",
});
const list = advise(costs.prediction, device);

it("advice is said without options of a command line or documents that are not in the page", () => {
  const texts = [
    ...list.flatMap(({ finding, remedy }) => [finding, remedy]),
    ...costs.prediction.notes,
  ];
  expect(texts.some((text) => text.includes("--host"))).toBe(true);
  for (const text of texts) expect(plainText(text)).not.toMatch(/--|docs\//);
  expect(partsOf("Compile (--host compiled), or fp16 (--precision fp16); else less.")).toEqual([
    "Compile ",
    { field: "host", value: "compiled" },
    ", or fp16 ",
    { field: "precision", value: "fp16" },
    "; else less.",
  ]);
  expect(plainText("hosts differ by up to 1.5x (--host-us)")).toBe("hosts differ by up to 1.5x");
  expect(plainText("was not measured: give its figure (--host-us)")).toBe("was not measured");
});

it("the headline's tail is the advice's, and no waves are lost where no time is", () => {
  const tail = list.find(({ cause }) => cause === "tail")!;
  const sum = costs.tailUs.reduce((a, b) => a + b, 0);
  expect(sum).toBeCloseTo(tail.savesUs!, 6);
  costs.tailUs.forEach((us, i) => {
    if (us === 0) expect(costs.lostWaves[i]).toBe(0);
  });
  const total = limiterTotals(costs.prediction.kernels).find(({ limiter }) => limiter === "tail")!;
  expect(tail.finding).toContain(`${Math.round(total.timeUs)} µs of kernels that the tail limits`);
});
