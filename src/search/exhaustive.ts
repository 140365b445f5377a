/** Every design of a finite space once, in the order of their index. */
import { UserError } from "../base/errors.ts";
import type { AlgorithmDefinition } from "./algorithm.ts";
import { sequence } from "./sequence.ts";

export const exhaustive: AlgorithmDefinition = {
  name: "exhaustive",
  summary: "every design of a finite space, in order",
  options: {},
  create(space, { state }) {
    if (!Number.isSafeInteger(space.size)) {
      throw new UserError(
        `exhaustive search needs a finite space; this one has ${space.size} designs`,
        {
          hint: "use random or nsga2, or make real parameters integers or categories",
          exitCode: 2,
        },
      );
    }
    let i = 0;
    return sequence(
      state,
      (n) => {
        i = n;
      },
      () => (i < space.size ? space.at(i++) : undefined),
    );
  },
};
