/** Algorithms whose next design does not depend on what was told. */
import { invariant } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Algorithm, Design } from "./types.ts";

/** Hands out `next()` until it is undefined; the state is how many were told. */
export function sequence(
  restored: Json | undefined,
  skip: (n: number) => void,
  next: () => Design | undefined,
): Algorithm {
  let told = 0;
  let asked = 0;
  if (restored !== undefined) {
    const state = restored as { readonly told: number };
    told = state.told;
    asked = told;
    skip(told);
  }
  return {
    ask(limit) {
      invariant(asked === told, `ask before ${asked - told} asked designs were told`);
      const designs: Design[] = [];
      while (designs.length < limit) {
        const design = next();
        if (design === undefined) break;
        designs.push(design);
      }
      asked += designs.length;
      return designs;
    },
    tell(results) {
      invariant(results.length === asked - told, `told ${results.length}, asked ${asked - told}`);
      told = asked;
    },
    state: () => ({ told }),
  };
}
