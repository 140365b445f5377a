import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aggregate } from "../../../web/src/timeline/aggregate.ts";
import { hitAt, smShare } from "../../../web/src/timeline/hit.ts";
import { layoutOf, usAt, xOf } from "../../../web/src/timeline/lanes.ts";
import { endUs, firstWhere, kernelsWithin } from "../../../web/src/timeline/model.ts";
import { runsOf } from "../../../web/src/timeline/runs.ts";
import { timelineScene } from "../../../web/src/timeline/scene.ts";
import { sceneSvg } from "../../../web/src/timeline/svg.ts";
import { whole } from "../../../web/src/timeline/window.ts";
import { SMS, timelines } from "./random.ts";

const shares = fc.tuple(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: 0, max: 1, noNaN: true }),
);
const ALL = { first: 0, count: Number.POSITIVE_INFINITY };

it("finds the first that holds as a linear search does", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 50 })),
      fc.integer({ min: 0, max: 50 }),
      (list, at) => {
        const sorted = list.sort((a, b) => a - b);
        const found = sorted.findIndex((x) => x >= at);
        expect(firstWhere(sorted, (x) => x >= at)).toBe(found < 0 ? sorted.length : found);
      },
    ),
  );
});

describe("a selected stretch", () => {
  it("sums what a look at every kernel sums", () => {
    fc.assert(
      fc.property(timelines, shares, (model, [p, q]) => {
        const [fromUs, toUs] = [Math.min(p, q) * model.spanUs, Math.max(p, q) * model.spanUs];
        const sum = aggregate(model, fromUs, toUs);
        let busy = 0;
        let waves = 0;
        let count = 0;
        for (const k of model.kernels) {
          const us = Math.min(endUs(k), toUs) - Math.max(k.startUs, fromUs);
          if (!(endUs(k) > fromUs && k.startUs < toUs)) continue;
          count++;
          busy += us;
          waves += (us / k.kernel.timeUs) * k.kernel.waves;
        }
        expect(sum.kernels).toBe(count);
        expect(sum.busyUs).toBeCloseTo(busy, 6);
        expect(sum.waves).toBeCloseTo(waves, 6);
        expect(sum.limiters.reduce((s, l) => s + l.us, 0)).toBeCloseTo(busy, 6);
      }),
    );
  });

  it("adds up to the whole, however it is cut", () => {
    fc.assert(
      fc.property(timelines, fc.double({ min: 0, max: 1, noNaN: true }), (model, cut) => {
        const at = cut * model.spanUs;
        const [left, right] = [aggregate(model, 0, at), aggregate(model, at, model.spanUs)];
        const all = model.kernels.reduce((s, k) => s + k.kernel.waves, 0);
        expect(left.waves + right.waves).toBeCloseTo(all, 6);
        expect(left.share + right.share).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe("runs of narrow kernels", () => {
  it("cover every kernel in sight once, in order, and are few", () => {
    fc.assert(
      fc.property(
        timelines,
        shares,
        fc.integer({ min: 20, max: 2000 }),
        (model, [p, q], pixels) => {
          const window = {
            fromUs: Math.min(p, q) * model.spanUs,
            toUs: Math.max(p, q) * model.spanUs + 1,
          };
          const perPixel = (window.toUs - window.fromUs) / pixels;
          const runs = runsOf(model, window, perPixel);
          const [first, end] = kernelsWithin(model.kernels, window.fromUs, window.toUs);
          let next = first;
          for (const run of runs) {
            expect(run.first).toBe(next);
            next = run.last + 1;
            // What is wide enough to be seen keeps a bar of its own.
            if (run.first < run.last)
              for (let i = run.first; i <= run.last; i++)
                expect(model.kernels[i]!.kernel.timeUs).toBeLessThan(perPixel);
          }
          expect(next).toBe(end);
          expect(runs.length).toBeLessThanOrEqual(2 * pixels + 4);
        },
      ),
    );
  });
});

describe("what is under the pointer", () => {
  it("is the kernel that runs then, on the device and on each SM", () => {
    fc.assert(
      fc.property(
        timelines,
        fc.nat(1000),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (model, n, share) => {
          const layout = layoutOf(1000, 1, 210);
          const window = whole(model.spanUs);
          const at = n % model.kernels.length;
          const k = model.kernels[at]!;
          const x = xOf(layout, window, k.startUs + share * k.kernel.timeUs);
          expect(usAt(layout, window, x)).toBeCloseTo(k.startUs + share * k.kernel.timeUs, 6);
          for (const lane of layout.lanes) {
            const hit = hitAt([model], layout, window, ALL, x, lane.y + lane.h / 2);
            expect(hit?.lane).toBe(lane.kind);
            if (lane.kind !== "host") expect(hit?.kernel).toBe(at);
            if (lane.kind === "sms") expect(hit?.sm).toBe(SMS / 2);
          }
        },
      ),
    );
  });

  it("gives an SM its blocks round robin, and the rest of the time as idle", () => {
    fc.assert(
      fc.property(timelines, (model) => {
        model.kernels.forEach(({ kernel }, i) => {
          const shares = Array.from({ length: SMS }, (_, sm) => smShare(model, i, sm));
          shares.forEach(({ blocks, busyUs, idleUs }, sm) => {
            const own = Array.from({ length: kernel.blocks }, (_, b) => b % SMS).filter(
              (s) => s === sm,
            );
            expect(blocks).toBe(own.length);
            expect(busyUs + idleUs).toBeCloseTo(kernel.timeUs, 6);
          });
        });
      }),
    );
  });
});

describe("the scene", () => {
  it("keeps bars within the part that shows time, and grows with pixels, not with kernels", () => {
    fc.assert(
      fc.property(timelines, shares, (model, [p, q]) => {
        const layout = layoutOf(800, 2, 210);
        const window = {
          fromUs: Math.min(p, q) * model.spanUs,
          toUs: Math.max(p, q) * model.spanUs + 0.1,
        };
        const state = { window, sms: { first: 3, count: 4 }, picked: 0, selection: undefined };
        const { marks } = timelineScene([model, model], layout, state);
        for (const mark of marks) {
          if (mark.kind !== "rect" || mark.stroke !== undefined) continue;
          expect(mark.x + mark.w).toBeLessThanOrEqual(layout.width + 1);
          expect(mark.w).toBeGreaterThanOrEqual(0);
          expect(mark.y + mark.h).toBeLessThanOrEqual(layout.height + 1e-6);
        }
        expect(marks.length).toBeLessThan(800 * 100);
      }),
    );
  });

  it("is an SVG in which names stay text", () => {
    const svg = sceneSvg(
      {
        width: 100,
        height: 20,
        marks: [
          { kind: "text", x: 0, y: 0, text: "<b>&", fill: "--ink", size: 11 },
          { kind: "rect", x: 1, y: 2, w: 3, h: 4, fill: "--tail", hatch: true },
        ],
      },
      (name) => `colour(${name})`,
      'a "title"',
    );
    expect(svg).toContain("&lt;b&gt;&amp;");
    expect(svg).toContain("a &quot;title&quot;");
    expect(svg).toContain('fill="url(#hatch--tail)"');
    expect(svg).not.toContain("var(");
  });
});
