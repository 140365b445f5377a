import { describe, expect, test } from "vitest";
import { choicesOf } from "../../../src/gpu/widths/choices.ts";
import { widthsOf } from "../../../src/gpu/widths/factors.ts";
import { WidthModel } from "../../../src/gpu/widths/model.ts";
import { retune } from "../../../src/gpu/widths/retune.ts";
import { survey } from "../../../src/gpu/widths/survey.ts";
import { buildNetwork } from "../../../src/zoo/index.ts";
import { SMALL } from "../../reference/networks.ts";
import { shipped } from "../shipped.ts";

const device = shipped("titan-v");
const range = { narrowest: 0.5, widest: 2 };

function everyAssignment(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (all, size) => all.flatMap((a) => Array.from({ length: size }, (_, o) => [...a, o])),
    [[]],
  );
}

describe("against every combination of step edges", () => {
  const graph = buildNetwork("vgg16", {
    convolutions1: 1,
    convolutions2: 1,
    convolutions3: 1,
    convolutions4: 1,
    convolutions5: 1,
    hidden: 64,
    resolution: 64,
  });
  const host = "cuda-graph";
  const model = new WidthModel(graph, { device, batch: 8, host });
  // Five convolutions are free and two linear layers; those two are held to keep it small.
  const narrowRange = { narrowest: 0.8, widest: 1.3 };
  const choices = choicesOf(model, narrowRange);
  const all = everyAssignment(choices.map((c) => c.options.length));
  const scored = all.map((a) => {
    const widths = widthsOf(model, choices, a);
    return { us: model.timeline(widths).latencyUs, macs: model.macs(widths) };
  });
  const original = { us: model.timeline(model.widths).latencyUs, macs: model.macs(model.widths) };

  test("most MACs in the same latency: within the gap that it states, and no better than the bound", () => {
    const most = Math.max(...scored.filter((s) => s.us <= original.us).map((s) => s.macs));
    const { widths, bound } = retune(model, { goal: { keep: "latency" }, range: narrowRange });
    expect(model.timeline(widths).latencyUs).toBeLessThanOrEqual(original.us);
    const macs = model.macs(widths);
    expect(macs).toBeLessThanOrEqual(most);
    expect(bound!.best).toBeGreaterThanOrEqual(most * (1 - 1e-9));
    expect(macs * (1 + bound!.gap)).toBeCloseTo(bound!.best, -3);
    expect(macs).toBeGreaterThanOrEqual(0.98 * most);
  });

  test("least latency with the same MACs", () => {
    const same = scored.filter((s) => Math.abs(s.macs / original.macs - 1) <= 0.01);
    const least = Math.min(...same.map((s) => s.us));
    const { widths, bound } = retune(model, { goal: { keep: "macs" }, range: narrowRange });
    const reached = model.timeline(widths).latencyUs;
    expect(Math.abs(model.macs(widths) / original.macs - 1)).toBeLessThanOrEqual(0.01);
    expect(reached).toBeGreaterThanOrEqual(least - 1e-6);
    expect(1000 * bound!.best).toBeLessThanOrEqual(least + 1e-6);
    expect(reached).toBeLessThanOrEqual(1.02 * least);
  });

  test("a budget is met by cutting only", () => {
    for (const share of [0.7, 0.9]) {
      const { widths } = retune(model, { goal: { keep: "budget", share } });
      expect(model.timeline(widths).latencyUs).toBeLessThanOrEqual(share * original.us);
      for (const d of model.ties.dimensions) expect(widths[d.id]).toBeLessThanOrEqual(d.channels);
    }
    expect(() => retune(model, { goal: { keep: "budget", share: 0.01 } })).toThrow(/budget is/);
  });
});

test("every goal holds on networks with every kind of tie", () => {
  for (const [name, make] of Object.entries(SMALL)) {
    const model = new WidthModel(make(), { device, batch: 8, host: "cuda-graph" });
    const before = model.timeline(model.widths).latencyUs;
    const macs = model.macs(model.widths);
    const more = retune(model, { goal: { keep: "latency" }, range }).widths;
    expect(model.timeline(more).latencyUs, name).toBeLessThanOrEqual(before);
    expect(model.macs(more), name).toBeGreaterThanOrEqual(macs);
    const faster = retune(model, { goal: { keep: "macs" }, range }).widths;
    expect(model.timeline(faster).latencyUs, name).toBeLessThanOrEqual(before);
    expect(Math.abs(model.macs(faster) / macs - 1), name).toBeLessThanOrEqual(0.01);
    for (const { id, channels, multiple, fixed } of model.ties.dimensions) {
      if (fixed !== undefined) expect(more[id], name).toBe(channels);
      expect(more[id]! % multiple, name).toBe(0);
    }
  }
});

test("a survey: headroom costs what the model says, fixed groups have no staircase", () => {
  const model = new WidthModel(buildNetwork("resnet18"), { device, batch: 8, host: "cuda-graph" });
  const { groups } = survey(model);
  expect(groups.map((g) => g.layers.length).reduce((a, b) => a + b, 0)).toBe(21);
  for (const g of groups) {
    if (g.fixed !== undefined) {
      expect(g.stairs).toEqual([]);
      continue;
    }
    const at = (c: number) => model.dimensionUs(g.id, model.widths.with(g.id, c));
    expect(g.us).toBeCloseTo(at(g.channels), 9);
    if (g.next) expect(g.next.us).toBeCloseTo(at(g.next.channels), 9);
    if (g.next) expect(g.next.channels).toBeGreaterThanOrEqual(g.channels);
    if (g.previous) expect(g.previous.channels).toBeLessThan(g.channels);
  }
});
