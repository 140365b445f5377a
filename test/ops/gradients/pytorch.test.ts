/** Gradients of small networks against those of PyTorch's autograd in double precision. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { elementCount } from "../../../src/graph/tensor.ts";
import { analyze } from "../../../src/ops/analyze.ts";
import { gradients } from "../../../src/ops/gradients/index.ts";
import { openGraph } from "../../support/finite-differences.ts";
import { NETWORKS } from "./networks.ts";

interface Vectors {
  readonly loss: number;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly state: Readonly<Record<string, readonly number[]>>;
}

const file = new URL("../../data/ops/gradients/pytorch.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, Vectors>>;

/** The largest difference in proportion to the largest expected element. */
function error(got: ArrayLike<number>, expected: readonly number[]): number {
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((e, i) => Math.abs(e - got[i]!))) / scale;
}

describe("gradients equal PyTorch's", () => {
  it.each(Object.keys(NETWORKS))("%s", async (name) => {
    const { graph, parameters, state = {} } = NETWORKS[name]!();
    const expected = vectors[name]!;
    expect(parameters).toEqual(Object.keys(expected.gradients));
    const result = gradients(graph, "loss", parameters);
    expect(result.unreachable).toEqual([]);
    expect(analyze(result.graph).gaps).toEqual([]);
    const run = await openGraph(result.graph);
    const out = await run.run({});
    await run.release();
    expect(out.loss!.data[0]).toBeCloseTo(expected.loss, 4);
    for (const p of parameters) {
      const g = out[result.gradients.get(p)!]!;
      const wanted = expected.gradients[p]!;
      expect(g.data.length, p).toBe(elementCount(graph.initializers.get(p)!.dims));
      expect(error(g.data, wanted), p).toBeLessThan(2e-5);
    }
    for (const [theirs, ours] of Object.entries(state)) {
      const update = Array.from(out[result.stateUpdates.get(ours)!]!.data);
      expect(error(update, expected.state[theirs]!), theirs).toBeLessThan(2e-5);
    }
  });
});
