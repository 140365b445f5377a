import { describe, expect, it } from "vitest";
import { curveOf } from "../../../src/dynamic/curve/curve.ts";
import { parseRegion } from "../../../src/dynamic/curve/region-size.ts";
import { surveyNetwork, surveySizes } from "../../../src/dynamic/curve/survey.ts";
import { breakEven, curveOnDevices, regionOf } from "../../../src/gpu/dynamic/index.ts";
import { regionCurveSvg } from "../../../src/report/region-curve.ts";
import { loadDevice } from "../../../src/study/index.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { userError } from "../../study/helpers.ts";

const devices = ["v100-sxm2", "jetson-tx2"].map(loadDevice);
const size = parseRegion("256x14x14");
const settings = {
  devices,
  block: undefined,
  mask: { unit: "attention", select: "threshold" },
  moves: "kernels",
  where: { precision: "fp32", host: "compiled" },
  request: { fractions: [0, 0.1, 0.25, 0.4, 0.5, 0.75, 1], points: 20 },
} as const;
const region = (device: (typeof devices)[number]) =>
  regionOf({ ...size, batch: 32, block: 7 }, { device, precision: "fp32", host: "compiled" });

describe("curves of a region by its sizes", () => {
  const { curves } = surveySizes([size], 32, settings);

  it("grant what trying every number of blocks finds", () => {
    for (const [i, device] of devices.entries()) {
      const own = region(device);
      for (const { budget } of curves[i]!.points) {
        const asked = own.time(budget.asked);
        let most = budget.asked;
        for (let n = budget.asked; n <= own.blocks; n++) {
          const { waves, latencyUs } = own.time(n);
          if (waves <= asked.waves && latencyUs <= 1.02 * asked.latencyUs) most = n;
        }
        expect(budget.active).toBe(most);
        expect(budget.spare).toBe(most - budget.asked);
        expect(budget.latencyUs).toBe(own.time(most).latencyUs);
        // Dense where neither the model's time nor whole rounds save anything.
        const saves =
          own.time(most).latencyUs < own.dense.latencyUs &&
          own.time(most).quantisedUs < own.dense.quantisedUs;
        expect(budget.verdict).toBe(saves ? "dynamic" : "dense");
      }
    }
  });

  it("hold the times of the engine's own curve", () => {
    const { fractions } = settings.request;
    const rows = curveOnDevices({ ...size, batch: 32, block: 7 }, devices, {
      fractions,
      host: "compiled",
    });
    const own = curves.flatMap(({ device, points }) =>
      points.map(({ fraction, budget, smoothUs, quantisedUs }) => [
        device,
        fraction,
        budget.asked,
        budget.askedLatencyUs,
        smoothUs,
        quantisedUs,
        budget.active,
      ]),
    );
    expect(own).toEqual(
      rows.map((r) => [
        r.device,
        r.keptFraction,
        r.active,
        r.latencyUs,
        r.smoothUs,
        r.quantisedUs,
        r.budgetActive,
      ]),
    );
  });

  it("draw from no block to all, and break even where the engine says", () => {
    for (const [i, device] of devices.entries()) {
      const own = region(device);
      const { line, breakEven: even } = curves[i]!;
      expect(line).toHaveLength(20);
      expect([line[0]!.active, line.at(-1)!.active]).toEqual([0, own.blocks]);
      for (const { active, latencyUs } of line) expect(latencyUs).toBe(own.time(active).latencyUs);
      expect(even).toEqual(breakEven(own));
    }
  });

  it("have no more points than blocks", () => {
    const few = regionOf({ ...size, batch: 1, block: 7 }, { device: devices[0]! });
    expect(curveOf(few, { fractions: [1], points: 50 }).line.map((p) => p.active)).toEqual([
      0, 1, 2, 3, 4,
    ]);
  });
});

describe("curves of a network", () => {
  it("are those of the same layers by their sizes", () => {
    const network = buildNetwork("resnet18", { resolution: 64 });
    const found = surveyNetwork(network, 16, settings);
    const { name, channels, height, width } = found.regions[0]!;
    const own = found.curves.filter((each) => each.region === name);
    const alike = surveySizes([parseRegion(`${channels}x${height}x${width}`)], 16, settings);
    // Normalization stands in its convolution's epilogue once compiled: the same kernels.
    expect(own.map(({ denseUs, breakEven: even }) => [denseUs, even.active])).toEqual(
      alike.curves.map(({ denseUs, breakEven: even }) => [denseUs, even.active]),
    );
  });

  it("are refused where there is nothing to skip, and for blocks larger than the map", async () => {
    const flat = buildNetwork("resnet18", { resolution: 32 });
    expect(await userError(() => surveyNetwork(flat, 1, { ...settings, block: 16 }))).toMatch(
      /block 16 x 16 is larger than the output of/,
    );
    expect(await userError(() => surveySizes([size, size], 1, settings))).toMatch(
      /region '256x14x14' is given twice/,
    );
  });
});

describe("the plot", () => {
  it("has a cell for each region and device, and escapes their names", () => {
    const { curves } = surveySizes([size], 32, settings);
    const svg = regionCurveSvg(
      curves.map((each) => ({ ...each, region: `<script>${each.region}` })),
      `a & b`,
    );
    expect(svg.match(/class="name"|class="ink name"/g)).toHaveLength(2);
    expect(svg.match(/class="line" d="M/g)).toHaveLength(3);
    expect(svg).toContain("a &amp; b");
    expect(svg).not.toContain("<script>");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    const points = settings.request.fractions.length * devices.length;
    expect(svg.match(/ blocks asked, /g)).toHaveLength(points);
  });
});
