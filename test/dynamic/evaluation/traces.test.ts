import { describe, expect, it } from "vitest";
import { deployed, EXIT } from "../../../src/dynamic/deploy/index.ts";
import { tracesOf } from "../../../src/dynamic/evaluation/traces.ts";
import { masked } from "../../../src/dynamic/masked.ts";
import { images, make, outputsOf, residualNet, withDrawn } from "../networks.ts";

describe("traces", () => {
  it("say where each image left and which blocks were on up to there", async () => {
    const made = withDrawn(
      make(
        residualNet(18),
        "attention:at=1+2,block=4,keep=0.3",
        "gates:at=3,block=2",
        "layers",
        "exits",
      ),
      /gate\.|skip\d+\.fc2/,
      1,
    );
    const feeds = images(made.graph, 12, 3);
    const early = masked(made);
    const rows = (await outputsOf(early.graph, feeds))[early.logits[0]!]!.data as Float32Array;
    const sure = Array.from({ length: 12 }, (_, i) => {
      const scaled = Array.from(rows.subarray(10 * i, 10 * i + 10), (v) => Math.exp(v / 1.1));
      return Math.max(...scaled) / scaled.reduce((a, b) => a + b, 0);
    }).sort((a, b) => a - b);
    // Between two of the first exit's confidences: half of the images leave there.
    const threshold = (sure[5]! + sure[6]!) / 2;
    const exits = made.plan.exits.map((exit, k) => ({
      ...exit,
      threshold: k === 0 ? threshold : 2,
      temperature: 1.1,
    }));
    const network = { graph: made.graph, plan: { ...made.plan, exits } };
    const [input] = Object.values(feeds);
    const traces = await tracesOf(network, input!);
    const taken = (await outputsOf(deployed(network), feeds))[EXIT]!.data as BigInt64Array;
    expect(traces.map((trace) => trace.exit)).toEqual(Array.from(taken, Number));
    expect(traces.filter((trace) => trace.exit === 0)).toHaveLength(6);
    const form = masked(network);
    const shares = await outputsOf(form.graph, feeds);
    for (const [i, { exit, regions }] of traces.entries())
      for (const [r, { name, kind, rows, columns, mask, reached }] of regions.entries()) {
        expect(name).toBe(network.plan.regions[r]!.name);
        expect(mask.length).toBe(rows * columns);
        const on = mask.reduce((a, b) => a + b, 0) / mask.length;
        expect(on).toBeCloseTo((shares[form.shares[r]!]!.data as Float32Array)[i]!, 6);
        // Maps of 18, 9 and 5 positions; exits after the first and the second.
        const stage = { 1: 0, 2: 0, 3: 1, 4: 2 }[Number(name.at(-1))]!;
        if (kind === "layer") expect([rows, columns]).toEqual([1, 1]);
        else if (name.startsWith("gates")) expect([rows, columns]).toEqual([3, 3]);
        else expect([rows, columns]).toEqual(stage === 0 ? [5, 5] : [3, 3]);
        expect(reached).toBe((name.startsWith("gates") ? 2 : stage) <= exit);
      }
  });

  it("are refused where there are no images", async () => {
    const network = make(residualNet(), "attention");
    const none = { dtype: "float32", dims: [0, 3, 16, 16], data: new Float32Array(0) } as const;
    await expect(tracesOf(network, none)).rejects.toThrow("there are none to trace");
  });
});
