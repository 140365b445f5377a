import fc from "fast-check";
import { expect, test } from "vitest";
import { restoreRng, stream } from "../../src/base/rng.ts";

const N = 50_000;

test("a stream depends on its seed, purpose and index, and on nothing else", () => {
  const first = (seed: number, purpose: string, index?: number) => {
    const rng = stream(seed, purpose, index);
    return [rng.float(), rng.float(), rng.int(1000)].join();
  };
  expect(first(1, "a", 2)).toBe(first(1, "a", 2));
  expect(first(1, "a")).toBe(first(1, "a", 0));
  const seeds = [0, 1, 2, -1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
  const all = seeds.flatMap((s) =>
    ["a", "b", "ab"].flatMap((p) => [0, 1, 2].map((i) => first(s, p, i))),
  );
  expect(new Set(all).size).toBe(all.length);
});

test("a restored stream goes on with the same numbers", () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat({ max: 50 }), (seed, skip) => {
      const rng = stream(seed, "restore");
      for (let i = 0; i < skip; i++) rng.float();
      const copy = restoreRng(JSON.parse(JSON.stringify(rng.state())) as number[]);
      for (let i = 0; i < 5; i++) {
        expect(copy.float()).toBe(rng.float());
        expect(copy.int(7)).toBe(rng.int(7));
        expect(copy.normal()).toBe(rng.normal());
        expect(copy.chance(0.4)).toBe(rng.chance(0.4));
      }
    }),
    { numRuns: 50, seed: 1 },
  );
});

test("moments are those of the distributions", () => {
  const rng = stream(5, "moments");
  let uniform = 0;
  let normal = 0;
  let squares = 0;
  let hits = 0;
  for (let i = 0; i < N; i++) {
    const u = rng.float();
    if (!(u >= 0 && u < 1)) throw new Error(`${u} is outside [0, 1)`);
    uniform += u;
    const z = rng.normal();
    normal += z;
    squares += z * z;
    if (rng.chance(0.3)) hits++;
  }
  // five standard errors
  expect(Math.abs(uniform / N - 0.5)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(N));
  expect(Math.abs(normal / N)).toBeLessThan(5 / Math.sqrt(N));
  expect(Math.abs(squares / N - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(N));
  expect(Math.abs(hits / N - 0.3)).toBeLessThan((5 * Math.sqrt(0.21)) / Math.sqrt(N));
});

test("chance is never at 0 and always at 1", () => {
  const rng = stream(6, "chance");
  for (let i = 0; i < 1000; i++) {
    expect(rng.chance(0)).toBe(false);
    expect(rng.chance(1)).toBe(true);
  }
});

test("each of the 32 random bits is a fair coin", () => {
  const rng = stream(8, "bits");
  const ones = new Float64Array(32);
  for (let i = 0; i < N; i++) {
    const bits = rng.bits();
    for (let b = 0; b < 32; b++) ones[b]! += (bits >>> b) & 1;
  }
  // five standard errors
  for (const count of ones) expect(Math.abs(count / N - 0.5)).toBeLessThan(2.5 / Math.sqrt(N));
});

test("first draws of neighbouring seeds are uniform", () => {
  const counts = new Int32Array(16);
  for (let seed = 0; seed < 16_000; seed++) counts[stream(seed, "first").int(16)]!++;
  // 15 degrees of freedom; 44 is exceeded once in 10,000 times
  const chi2 = counts.reduce((s, c) => s + (c - 1000) ** 2 / 1000, 0);
  expect(chi2).toBeLessThan(44);
});

test("shuffles are permutations, each as likely", () => {
  const rng = stream(2, "shuffle");
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const key = rng.shuffle("abc".split("")).join("");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual(["abc", "acb", "bac", "bca", "cab", "cba"]);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(130);
});
