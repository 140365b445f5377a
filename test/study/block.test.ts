import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  blockOf,
  concatBlocks,
  EMPTY_BLOCK,
  type TrialRow,
  trialAt,
} from "../../src/study/block.ts";
import { decodeBlock, encodeBlock } from "../../src/study/store/codec.ts";
import { userError } from "./helpers.ts";

/** Whatever a study can hold: sparse parameters of all types, extreme numbers, odd names. */
const name = fc.oneof(
  fc.constantFrom("width", "depth", "op", "__proto__x", 'ü,"\n'),
  fc.string({ minLength: 1 }).filter((s) => s !== "__proto__"),
);
const finite = fc.oneof(
  fc.integer({ min: -200, max: 200 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(-128, 127, -32768, 32767, -(2 ** 31), 2 ** 31, -0, 5e-324, 1.7e308),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const record = <T>(value: fc.Arbitrary<T>) => fc.dictionary(name, value, { maxKeys: 4 });
const row: fc.Arbitrary<TrialRow> = fc
  .record(
    {
      state: fc.constantFrom("complete", "infeasible", "pruned", "failed"),
      design: record(fc.oneof(finite, fc.string(), fc.boolean())),
      values: record(finite),
      error: fc.string(),
    },
    { requiredKeys: ["state", "design", "values"] },
  )
  .map((r) => r as TrialRow);
const rows = fc.array(row, { maxLength: 40 });

/** Trials as they were given. A label column keeps no sign of zero: its cells are JSON. */
const read = (block: Parameters<typeof trialAt>[0]) =>
  Array.from({ length: block.count }, (_, i) => {
    const { number, ...trial } = trialAt(block, i);
    expect(number).toBe(i);
    return trial;
  });
const plain = (trials: readonly object[]) => trials.map((t) => structuredClone(t));

describe("blocks of trials", () => {
  it("give back the trials they were made of", () => {
    fc.assert(
      fc.property(rows, (given) => {
        expect(read(blockOf(given))).toEqual(plain(given));
      }),
    );
  });

  it("survive bytes, bit for bit", () => {
    fc.assert(
      fc.property(rows, (given) => {
        const bytes = encodeBlock(blockOf(given));
        const again = decodeBlock(bytes);
        expect(encodeBlock(again)).toEqual(bytes);
        const numbers = (trials: readonly TrialRow[]) =>
          trials.map(
            (t) =>
              new Map(Object.entries(t.values).map(([k, x]) => [k, Object.is(x, -0) ? "-0" : x])),
          );
        expect(numbers(read(again))).toEqual(numbers(given));
      }),
    );
  });

  it("joined are the block of all their trials", () => {
    fc.assert(
      fc.property(fc.array(rows, { maxLength: 5 }), (parts) => {
        const joined = concatBlocks([EMPTY_BLOCK, ...parts.map(blockOf)]);
        expect(read(joined)).toEqual(plain(parts.flat()));
      }),
    );
  });

  it("take few bytes for designs of few values", () => {
    const ops = ["none", "skip_connect", "nor_conv_3x3"];
    const given = Array.from(
      { length: 1000 },
      (_, i): TrialRow => ({
        state: "complete",
        design: { a: ops[i % 3]!, b: ops[(i * 7) % 3]!, width: i % 100 },
        values: { accuracy: i / 7 },
      }),
    );
    expect(encodeBlock(blockOf(given)).length).toBeLessThan(1000 * (1 + 1 + 1 + 8 + 1) + 400);
  });

  it("notice any damaged byte", async () => {
    const bytes = encodeBlock(
      blockOf([{ state: "complete", design: { a: 1 }, values: { accuracy: 0.5 } }]),
    );
    for (let i = 0; i < bytes.length; i++) {
      const damaged = Buffer.from(bytes);
      damaged[i]! ^= 0x10;
      expect(await userError(() => decodeBlock(damaged))).toMatch(/store is damaged/);
    }
    expect(await userError(() => decodeBlock(bytes.subarray(0, 5)))).toMatch(/damaged/);
  });
});
