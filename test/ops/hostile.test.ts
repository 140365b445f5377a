import { expect, test } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { stream } from "../../src/base/rng.ts";
import { analyze } from "../../src/ops/analyze.ts";
import { describeVector, graphOf, readVectors, type Vector } from "./vectors.ts";

/** A model with inputs dropped, shapes and attributes changed at random. */
function spoil(v: Vector, seed: number): Vector {
  const rng = stream(seed, "spoil");
  const size = () => rng.pick([0, 1, 2, 3, 5, -1, 7, 2 ** 40]);
  const shape = (s: readonly number[]) => {
    const out = s.map((d) => (rng.float() < 0.2 ? Math.max(0, size()) : d));
    if (rng.float() < 0.2) out.pop();
    if (rng.float() < 0.1) out.push(2);
    return out;
  };
  const inputs = v.inputs.flatMap((c) => {
    if (rng.float() < 0.08) return rng.float() < 0.5 ? [] : [null];
    if (c === null || c.values) return [c];
    return [{ ...c, shape: shape(c.shape) }];
  });
  const attrs = Object.fromEntries(
    Object.entries(v.attrs).flatMap(([name, [kind, value]]) => {
      if (rng.float() < 0.1) return [];
      if (kind === "int" && rng.float() < 0.3) return [[name, [kind, size()] as const]];
      if (kind === "ints" && rng.float() < 0.3)
        return [[name, [kind, (value as number[]).slice(0, -1).concat(size())] as const]];
      return [[name, [kind, value] as const]];
    }),
  );
  return { ...v, inputs, attrs };
}

test("spoiled models give a result or one clear error, never a crash", () => {
  const crashes: string[] = [];
  let refused = 0;
  readVectors().forEach((v, i) => {
    for (let k = 0; k < 4; k++) {
      const bad = spoil(v, 4 * i + k);
      try {
        analyze(graphOf(bad));
      } catch (error) {
        if (error instanceof UserError) refused++;
        else crashes.push(`${describeVector(bad)}: ${String(error)}`);
      }
    }
  });
  expect(crashes).toEqual([]);
  expect(refused).toBeGreaterThan(400);
});
