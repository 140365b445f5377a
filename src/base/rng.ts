/**
 * Random streams derived from (seed, purpose, index).
 *
 * No function draws without being given an `Rng`. Two parts of a run that draw from streams of
 * different purpose or index never influence one another, so the number of workers, and where a
 * run was interrupted, cannot change a result.
 */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus, xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** A stream that can be read off and set again, to stop and resume a run. */
export type RngState = readonly number[];

export interface Rng {
  /** Uniform in [0, 1), 53 random bits. */
  float(): number;
  /** True with probability `p`, to 2^-32: half the work of comparing a `float()`. */
  chance(p: number): boolean;
  /** 32 random bits as a signed integer. */
  bits(): number;
  /** Uniform integer in [0, n). `n` is at least 1. */
  int(n: number): number;
  /** Standard normal, by Marsaglia's polar method (no trigonometry: the same bits everywhere). */
  normal(): number;
  /** A new array with the elements in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  pick<T>(items: readonly T[]): T;
  state(): RngState;
}

/**
 * The stream for one purpose, e.g. `stream(7, "nsga2/mate", generation)`.
 *
 * @param seed any safe integer
 * @param index e.g. generation or trial number
 */
export function stream(seed: number, purpose: string, index = 0): Rng {
  return new Stream(xoroshiro128plus(hash(seed, purpose, index)));
}

export function restoreRng(state: RngState): Rng {
  return new Stream(xoroshiro128plusFromState(state));
}

/** A class, so that the engine sees one shape and inlines the draws into the loops that make them. */
class Stream implements Rng {
  private readonly generator: ReturnType<typeof xoroshiro128plus>;

  constructor(generator: ReturnType<typeof xoroshiro128plus>) {
    this.generator = generator;
  }

  float(): number {
    return uniformFloat64(this.generator);
  }

  chance(p: number): boolean {
    return this.generator.next() >>> 0 < p * 0x1_0000_0000;
  }

  bits(): number {
    return this.generator.next();
  }

  int(n: number): number {
    if (n > 0x1_0000_0000) return uniformInt(this.generator, 0, n - 1);
    // pure-rand's own rejection, in unsigned integers: the same numbers in a fraction of the time
    const fair = 0x1_0000_0000 - (0x1_0000_0000 % n);
    let drawn = (this.generator.next() + 0x8000_0000) >>> 0;
    while (drawn >= fair) drawn = (this.generator.next() + 0x8000_0000) >>> 0;
    return drawn % (n >>> 0);
  }

  normal(): number {
    for (;;) {
      const u = 2 * this.float() - 1;
      const v = 2 * this.float() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
    }
  }

  shuffle<T>(items: readonly T[]): T[] {
    const out = items.slice();
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const t = out[i]!;
      out[i] = out[j]!;
      out[j] = t;
    }
    return out;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!;
  }

  state(): RngState {
    return this.generator.getState();
  }
}

/**
 * FNV-1a over the parts, finished with murmur3's mixer. Neighbouring seeds of xoroshiro give
 * correlated first draws, so no seed reaches the generator unhashed.
 */
function hash(seed: number, purpose: string, index: number): number {
  let h = 0x811c9dc5;
  const byte = (b: number) => {
    h = Math.imul(h ^ (b & 0xff), 0x01000193);
  };
  const number = (x: number) => {
    const low = x >>> 0;
    const high = Math.floor(x / 2 ** 32) >>> 0;
    for (let s = 0; s < 32; s += 8) byte(low >>> s);
    for (let s = 0; s < 32; s += 8) byte(high >>> s);
  };
  number(seed);
  for (let i = 0; i < purpose.length; i++) {
    byte(purpose.charCodeAt(i));
    byte(purpose.charCodeAt(i) >>> 8);
  }
  number(index);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h | 0;
}
