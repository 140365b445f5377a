import fc from "fast-check";
import { expect, it } from "vitest";
import { dominates } from "../../src/search/dominance.ts";
import { hypervolume } from "../../src/search/hypervolume.ts";
import { blockOf } from "../../src/study/block.ts";
import { resultOf } from "../../src/study/index.ts";
import { frontOf, progressOf } from "../../web/src/workers/front-of.ts";

const number = fc.oneof(fc.integer({ min: -4, max: 4 }), fc.constant(Number.NaN));
const study = (m: number) =>
  fc.array(fc.tuple(fc.array(number, { minLength: m, maxLength: m }), fc.boolean()), {
    maxLength: 40,
  });
const split = (rows: readonly (readonly [number[], boolean])[], m: number) => ({
  columns: Array.from({ length: m }, (_, k) => Float64Array.from(rows, ([point]) => point[k]!)),
  counted: Uint8Array.from(rows, ([, on]) => Number(on)),
});

it.each([1, 2, 3, 4])("is the front of the counted rows, %i objectives", (m) => {
  fc.assert(
    fc.property(study(m), (rows) => {
      const { columns, counted } = split(rows, m);
      const valid = rows.flatMap(([point, on], row) =>
        on && !point.some(Number.isNaN) ? [{ point, row }] : [],
      );
      const expected = valid
        .filter(({ point }) => !valid.some((other) => dominates(other.point, point)))
        .map(({ row }) => row);
      expect([...frontOf(columns, counted)].sort((a, b) => a - b)).toEqual(expected);
    }),
  );
});

it("lists the front from the best to the worst in the first objective", () => {
  const columns = [Float64Array.of(3, 1, 2, 1), Float64Array.of(1, 3, 2, 3)];
  expect([...frontOf(columns, new Uint8Array(4).fill(1))]).toEqual([1, 3, 2, 0]);
});

it.each([1, 2, 3])("follows hypervolume and best values, %i objectives", (m) => {
  fc.assert(
    fc.property(study(m), fc.integer({ min: 1, max: 50 }), (rows, most) => {
      const { columns, counted } = split(rows, m);
      const { trials, volume, best, reference } = progressOf(columns, counted, { most });
      const valid = rows.flatMap(([point, on], row) =>
        on && !point.some(Number.isNaN) ? [{ point, row }] : [],
      );
      expect(trials.length).toBe(Math.min(most, valid.length));
      if (valid.length === 0) {
        expect(reference).toBeNull();
        return;
      }
      expect(trials.at(-1)).toBe(valid.at(-1)!.row);
      trials.forEach((trial, i) => {
        const before = valid.filter(({ row }) => row <= trial).map(({ point }) => point);
        expect(volume[i]).toBeCloseTo(hypervolume(before, reference!), 9);
        for (let k = 0; k < m; k++)
          expect(best[k]![i]).toBe(Math.min(...before.map((point) => point[k]!)));
      });
    }),
  );
});

it("ends where the study's own result does", () => {
  const block = blockOf(
    Array.from({ length: 30 }, (_, i) => ({
      state: i % 7 === 0 ? "infeasible" : "complete",
      design: { i },
      values: { accuracy: 60 + ((i * 37) % 23), latency: 1 + ((i * 11) % 17) },
    })),
  );
  const objectives = [
    { name: "accuracy", unit: "%", goal: "maximize", stage: 0 },
    { name: "latency", unit: "ms", goal: "minimize", stage: 0 },
  ] as const;
  const { front, hypervolume: whole } = resultOf({ objectives, spec: {} }, block);
  const columns = [block.values[0]!.data.map((x) => -x), block.values[1]!.data];
  const counted = block.states.map((code) => (code === 0 ? 1 : 0));
  expect([...frontOf(columns, counted)]).toEqual(front.map(({ trial }) => trial));
  expect(progressOf(columns, counted).volume.at(-1)).toBeCloseTo(whole!, 9);
});

it("takes the study's own reference point", () => {
  const columns = [Float64Array.of(1, 2), Float64Array.of(2, 1)];
  const { reference, volume } = progressOf(columns, Uint8Array.of(1, 1), {
    given: [5, undefined],
  });
  expect(reference![0]).toBe(5);
  expect(volume[0]).toBeCloseTo((5 - 1) * (reference![1]! - 2), 12);
});

it("has one reference point whichever rows are counted", () => {
  const columns = [Float64Array.of(1, 2, 9), Float64Array.of(2, 1, 9)];
  const complete = Uint8Array.of(1, 1, 1);
  const whole = progressOf(columns, complete);
  const part = progressOf(columns, Uint8Array.of(1, 0, 0), { complete });
  expect(part.reference).toEqual(whole.reference);
  expect(part.volume[0]).toBe(whole.volume[0]);
  expect(progressOf(columns, Uint8Array.of(0, 0, 0), { complete }).trials.length).toBe(0);
});
