import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { predictedText } from "../../src/cli/dynamic-report.ts";
import type { DynamicReport } from "../../src/report/dynamic/data.ts";
import { histogram, histogramSvg } from "../../src/report/dynamic/histogram.ts";
import { dynamicHtml } from "../../src/report/dynamic/page.ts";
import { tradeOffSvg } from "../../src/report/dynamic/trade-off.ts";

const EVIL = `</script><img src=x onerror="alert(1)">&'`;

const picture = (index: number, exit: number) => ({
  index,
  label: 0,
  answer: 1,
  exit,
  macs: 25,
  png: Buffer.from([1, 2, 3]),
  width: 8,
  height: 8,
  regions: [{ region: `${EVIL}r`, share: 0.25, png: Buffer.from([4, 5, 6]) }],
});

const report: DynamicReport = {
  version: "0",
  run: {
    network: `net${EVIL}`,
    data: `data${EVIL}`,
    split: "test",
    samples: 4,
    accuracy: 0.7512,
    dense: {
      accuracy: 0.8123,
      loss: 0.0611,
      lossError: 0.0123,
      onlyDenseRight: 1,
      onlyDynamicRight: 0,
    },
    macs: { dense: 100, mean: 45, min: 20, median: 40, p90: 110, max: 110, saved: 0.55 },
    exits: [
      { name: `e${EVIL}`, share: 0.5, accuracy: 0.9876, alone: 0.6, threshold: 0.5, macs: 20 },
      { name: "end", share: 0.5, accuracy: undefined, alone: 0.8, threshold: undefined, macs: 110 },
    ],
    regions: [{ name: `skip${EVIL}`, on: 0.3333 }],
    classes: [
      { name: `cat${EVIL}`, samples: 2, accuracy: 0.5, cost: 0.2 },
      { name: "dog", samples: 2, accuracy: 1, cost: 0.7 },
    ],
    times: [
      {
        batch: 1,
        sides: [
          {
            name: "dense",
            msPerImage: 1.5,
            worstMsPerImage: 2,
            speedup: 1,
            speedupRange: [1, 1],
          },
        ],
      },
    ],
    predicted: [
      {
        device: `gpu${EVIL}`,
        batch: 1,
        denseMs: 3,
        expectedMs: 2,
        worstMs: 4,
        speedup: 1.5,
        regionsOn: false,
      },
    ],
  },
  tradeOff: [
    { thresholds: [0], accuracy: 0.6, cost: 20 },
    { thresholds: [0.5], accuracy: 0.75, cost: 45 },
  ],
  macs: Float64Array.of(20, 20, 110, 110),
  exits: Int32Array.of(0, 0, 1, 1),
  gallery: { cheap: [picture(0, 0)], dear: [picture(3, 1)] },
  notes: [`note${EVIL}`],
};

describe("the page of a dynamic network", () => {
  const html = dynamicHtml(report);

  it("lets no name become markup", () => {
    expect(html).not.toContain("<img src=x");
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html.match(/<\/script/g)).toHaveLength(1);
    for (const svg of [tradeOffSvg(report), histogramSvg(report)])
      expect(svg).not.toContain("<img");
  });

  it("runs no script, asks for nothing, and names its one style sheet", () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)![1]!;
    const style = /<style>(.*?)<\/style>/s.exec(html)![1]!;
    const hash = createHash("sha256").update(style).digest("base64");
    expect(policy).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
    expect(policy).not.toContain("script-src");
    expect(html).not.toMatch(/ style="|<link[^>]+stylesheet| src="(?!data:)|url\(/);
  });

  it("shows the figures of the run, and carries them", () => {
    for (const text of [
      "75.12 %",
      "81.23 %",
      "55.00 %",
      "98.76 %",
      "33.33 %",
      "1.5 ms",
      "1.50x",
      "6.11 points lost, standard error 1.23",
    ])
      expect(html).toContain(text);
    const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)![1]!;
    expect(JSON.parse(data)).toEqual(JSON.parse(JSON.stringify(report.run)));
    // Dearest class first.
    expect(html.indexOf(">dog<")).toBeLessThan(html.lastIndexOf(">cat&lt;/script"));
  });

  it("shows each picture with its label, answer, exit and cost, and what regions computed", () => {
    expect(html.match(/data:image\/png;base64,AQID/g)).toHaveLength(2);
    expect(html.match(/data:image\/png;base64,BAUG/g)).toHaveLength(2);
    expect(html.match(/taken for dog/g)).toHaveLength(2);
    expect(html).toContain("end, 25.00 % of dense");
  });

  it("says more where more is spent than by the dense network", () => {
    const run = { ...report.run, macs: { ...report.run.macs, saved: -0.0321 } };
    expect(dynamicHtml({ ...report, run })).toContain("<strong>3.21 %</strong> more");
  });

  it("says where a dynamic network is predicted not to pay, in the words of `dynamic run`", () => {
    const words = "slower than dense: the dynamic network does not pay there";
    expect(html).not.toContain(words);
    const [time] = report.run.predicted;
    const slow = { ...time!, device: "t4", expectedMs: 4, speedup: 0.75, regionsOn: true };
    const page = dynamicHtml({ ...report, run: { ...report.run, predicted: [time!, slow] } });
    expect(page).toContain(`>0.75x</td><td class="number">channels counted as kept; ${words}</td>`);
    expect(page.split(words)).toHaveLength(2);
    expect(predictedText(slow)).toMatch(new RegExp(`; channels counted as kept; ${words}$`));
  });

  it("has a chart of choices with a point for each exit and one for the network's own", () => {
    const svg = tradeOffSvg(report);
    expect(svg.match(/class="dot"/g)).toHaveLength(2);
    expect(svg.match(/class="picked"/g)).toHaveLength(1);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe("the distribution of costs", () => {
  it("counts each input once, in its bin and its exit", () => {
    const { width, counts } = histogram([0, 4.9, 5, 10], [0, 0, 1, 1], 2, 2);
    expect(width).toBe(5);
    expect(counts).toEqual([
      [2, 0],
      [0, 2],
    ]);
  });

  it("is drawn for inputs that cost nothing too", () => {
    const zero = { ...report, macs: new Float64Array(4) };
    expect(histogramSvg(zero)).not.toMatch(/NaN|Infinity/);
  });
});
