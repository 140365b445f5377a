/** Bringing a new algorithm to where a run stopped, from the designs and outcomes it was told. */
import { UserError } from "../base/errors.ts";
import type { Algorithm, Space, Told } from "./types.ts";

/**
 * Asks for and tells everything in `history` again. An algorithm depends on nothing but its seed,
 * its options and what it was told, so afterwards it is where the run was; no state need be stored.
 *
 * Throws `UserError` where the algorithm asks for another design than the one in the history: the
 * space, the seed, the options or the version changed.
 */
export function replay(algorithm: Algorithm, space: Space, history: readonly Told[]): void {
  for (let at = 0; at < history.length; ) {
    const asked = algorithm.ask(history.length - at);
    const told = history.slice(at, at + asked.length);
    const differs = told.findIndex((t, i) => space.key(t.design) !== space.key(asked[i]!));
    if (asked.length === 0 || differs >= 0) {
      const i = Math.max(differs, 0);
      const instead = asked[i] === undefined ? "ends" : `asks for ${space.describe(asked[i])}`;
      throw new UserError(
        `trial ${at + i} is ${space.describe(history[at + i]!.design)}, but the search ${instead}`,
        {
          hint: "resume with the space, search options, seed and version that the study began with",
        },
      );
    }
    algorithm.tell(told);
    at += asked.length;
  }
}
