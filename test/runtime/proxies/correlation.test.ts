import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { correlationScore } from "../../../src/runtime/proxies/jacob-cov.ts";
import { addAgreement } from "../../../src/runtime/proxies/nwot.ts";
import {
  cholesky,
  logDeterminant,
  traceOfInverse,
} from "../../../src/runtime/proxies/positive-definite.ts";

const K = 1e-5;
const score = (...eigenvalues: number[]) =>
  -eigenvalues.reduce((sum, v) => sum + Math.log(v + K) + 1 / (v + K), 0);

describe("correlationScore", () => {
  it("is of the eigenvalues: of two rows with correlation r, 1 + r and 1 - r", () => {
    // Pearson's r of these rows is 0.8.
    const rows = Float32Array.of(1, 2, 3, 4, 5, 2, 1, 4, 3, 5);
    expect(correlationScore(rows, 2)).toBeCloseTo(score(1.8, 0.2), 8);
    const opposite = Float32Array.of(1, 2, 3, 3, 2, 1);
    expect(correlationScore(opposite, 2) / score(2, 0)).toBeCloseTo(1, 6);
  });

  it("is highest without correlation, and lowest where rows say the same or nothing", () => {
    const independent = Float32Array.of(1, -1, 1, -1, 1, 1, -1, -1, 1, -1, -1, 1);
    expect(correlationScore(independent, 3)).toBeCloseTo(score(1, 1, 1), 8);
    const same = Float32Array.from({ length: 12 }, (_, i) => i % 4);
    expect(correlationScore(same, 3) / score(3, 0, 0)).toBeCloseTo(1, 6);
    expect(correlationScore(new Float32Array(12), 3) / score(3, 0, 0)).toBeCloseTo(1, 6);
  });
});

describe("positive definite matrices", () => {
  it("give determinant and inverse's trace of L L^T", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }).chain((n) =>
          fc.tuple(
            fc.constant(n),
            fc.array(fc.double({ min: -2, max: 2, noNaN: true }), {
              minLength: n * n,
              maxLength: n * n,
            }),
          ),
        ),
        ([n, values]) => {
          // A = B B^T + I, by elimination on the doubled matrix [A I].
          const a = new Float64Array(n * n);
          for (let i = 0; i < n; i++)
            for (let j = 0; j < n; j++)
              for (let k = 0; k < n; k++) a[i * n + j]! += values[i * n + k]! * values[j * n + k]!;
          const m = Array.from({ length: n }, (_, i) =>
            Array.from({ length: 2 * n }, (_, j) =>
              j < n ? a[i * n + j]! + (i === j ? 1 : 0) : Number(j - n === i),
            ),
          );
          let determinant = 1;
          for (let i = 0; i < n; i++) {
            const pivot = m[i]![i]!;
            determinant *= pivot;
            m[i] = m[i]!.map((x) => x / pivot);
            for (let r = 0; r < n; r++)
              if (r !== i) m[r] = m[r]!.map((x, j) => x - m[r]![i]! * m[i]![j]!);
          }
          const trace = m.reduce((sum, row, i) => sum + row[n + i]!, 0);
          const l = cholesky(a, n, 1);
          expect(logDeterminant(l, n)).toBeCloseTo(Math.log(determinant), 8);
          expect(traceOfInverse(l, n)).toBeCloseTo(trace, 8);
        },
      ),
    );
  });
});

describe("addAgreement", () => {
  it("counts units that are active, or not, for both samples", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 100 }),
        fc.nat(),
        (n, units, seed) => {
          const values = Float32Array.from({ length: n * units }, (_, i) =>
            Math.sin((seed % 997) + i * i),
          );
          const agree = new Float64Array(n * n);
          addAgreement(agree, values, n);
          addAgreement(agree, values, n);
          for (let i = 0; i < n; i++)
            for (let j = 0; j < n; j++) {
              let same = 0;
              for (let u = 0; u < units; u++)
                if (values[i * units + u]! > 0 === values[j * units + u]! > 0) same++;
              expect(agree[i * n + j]).toBe(2 * same);
            }
        },
      ),
    );
  });
});
