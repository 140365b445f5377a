import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { stream } from "../../src/base/rng.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { benchmarkFlops, nasBench201 } from "../../src/zoo/index.ts";

const rows = gunzipSync(readFileSync("data/nasbench201.csv.gz"))
  .toString("utf8")
  .trim()
  .split("\n")
  .map((line) => line.split(","));
const header = rows[0]!;
const column = (name: string) => header.indexOf(name);

describe("nasBench201", () => {
  it("has the table's parameters and MACs", () => {
    const rng = stream(1, "test/nasbench201");
    for (let i = 0; i < 400; i++) {
      const row = rows[1 + rng.int(15_625)]!;
      const { totals, gaps } = analyze(nasBench201(row[column("ops")]!), { bind: { batch: 1 } });
      expect(gaps).toEqual([]);
      expect([row[1], totals.params]).toEqual([row[1], Number(row[column("params")])]);
      expect([row[1], benchmarkFlops(totals.macs)]).toEqual([
        row[1],
        Number(row[column("flops_c10")]),
      ]);
    }
  });

  it("is built as its authors run it: dead edges, zeroed edges and sums from zero", () => {
    const ops = (arch: string) => {
      const counts: Record<string, number> = {};
      for (const { op } of nasBench201(arch).nodes) counts[op] = (counts[op] ?? 0) + 1;
      return counts;
    };
    // Edge 0-1 reaches nothing when 1-2 and 1-3 are none, but is computed.
    expect(ops("300100").Conv).toBe(15 + 1 + 2 * 3);
    expect(ops("000000").Mul).toBe(15 * 6);
    expect(ops("111111")).toEqual({
      Constant: 1,
      Conv: 1 + 2 * 3,
      BatchNormalization: 1 + 2 * 2 + 1,
      Relu: 2 * 2 + 1,
      AveragePool: 2,
      Add: 15 * 6 + 2,
      GlobalAveragePool: 1,
      Flatten: 1,
      Gemm: 1,
    });
  });

  it("takes classes, resolution, channels and cells", () => {
    const graph = nasBench201("333133", { classes: 120, resolution: 16, channels: 8, cells: 2 });
    const { types, totals } = analyze(graph, { bind: { batch: 1 } });
    expect(types.get(graph.outputs[0]!.name)?.shape).toEqual([1, 120]);
    // Counted by hand: stem 232, cells 122,080, reductions 3,648 + 14,464, head 64 + 3,960.
    expect(totals.params).toBe(144_448);
    expect(graph.metadata.cell).toBe("333133");
  });
});
