import { describe, expect, test } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { inferGraph } from "../../src/ops/inference.ts";
import { describeVector, graphOf, readVectors, type Vector } from "./vectors.ts";

/** Everything that differs, so that one run shows all of it. */
function differences(vectors: readonly Vector[], check: (v: Vector) => string | undefined) {
  const out: string[] = [];
  for (const v of vectors) {
    let problem: string | undefined;
    try {
      problem = check(v);
    } catch (error) {
      problem = String(error);
    }
    if (problem !== undefined) out.push(`${describeVector(v)}: ${problem}`);
  }
  return out;
}

describe("single operators against ONNX Runtime", () => {
  const vectors = readVectors();
  const accepted = vectors.filter((v) => v.outputs !== null);

  test("there are many, over many operators", () => {
    expect(accepted.length).toBeGreaterThan(900);
    expect(new Set(accepted.map((v) => v.op)).size).toBeGreaterThan(130);
  });

  test("output types are those that ONNX Runtime computes", () => {
    const wrong = differences(accepted, (v) => {
      const { types, gaps } = analyze(graphOf(v));
      const got = v.outputs!.map((_, i) => {
        const t = types.get(`o${i}`)!;
        return `${t.dtype}[${t.shape?.join(",") ?? "?"}]`;
      });
      const want = v.outputs!.map((o) => `${o.dtype}[${o.shape.join(",")}]`);
      if (got.join(" ") === want.join(" ")) return undefined;
      return `${got.join(" ")}, expected ${want.join(" ")} ${gaps.map((g) => g.reason).join()}`;
    });
    expect(wrong).toEqual([]);
  });

  test("constants fold to the values that ONNX Runtime computes", () => {
    const folded = accepted.filter((v) => v.outputs!.some((o) => o.values));
    expect(folded.length).toBeGreaterThan(70);
    const wrong = differences(folded, (v) => {
      const { constants } = inferGraph(graphOf(v), {});
      for (const [i, o] of v.outputs!.entries()) {
        const got = constants.get(`o${i}`)?.elements;
        const want = o.values!.map(Number);
        const same =
          got?.length === want.length &&
          got.every((x, k) => Math.abs(Number(x) - want[k]!) <= 1e-6 * Math.abs(want[k]!));
        if (!same) return `output ${i} folds to [${got?.join(",")}], expected [${want.join(",")}]`;
      }
      return undefined;
    });
    expect(wrong).toEqual([]);
  });

  test("what ONNX Runtime rejects is rejected, naming the node", () => {
    const rejected = vectors.filter((v) => v.outputs === null);
    expect(rejected.length).toBeGreaterThan(20);
    const wrong = differences(rejected, (v) => {
      try {
        const { types } = analyze(graphOf(v));
        return `accepted as [${types.get("o0")?.shape?.join(",")}]`;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return error.message.startsWith(`node (${v.op}): `) ? undefined : error.message;
      }
    });
    expect(wrong).toEqual([]);
  });
});
