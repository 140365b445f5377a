/** NSGA-II on a problem of real variables, through ask and tell. */
import { createAlgorithm } from "../../src/search/index.ts";
import { parametricSpace } from "../../src/search/parametric-space.ts";
import type { Problem } from "./problems.ts";

/** Variables turned about the middle of their bounds: the same problem in a mirror. */
export function reflected(problem: Problem): Problem {
  const { bounds } = problem;
  return {
    ...problem,
    evaluate: (x) => problem.evaluate(bounds.map(([low, high], i) => low + high - x[i]!)),
  };
}

/**
 * The optimum moved off the bounds: variables from `-by` of their range to 1 - by, with what lies
 * below the old bound folded back, so that the front stays the same.
 */
export function shifted(problem: Problem, by: number): Problem {
  const { bounds } = problem;
  return {
    ...problem,
    evaluate: (x) =>
      problem.evaluate(
        bounds.map(([low, high], i) => {
          const moved = Math.abs(x[i]! - low - by * (high - low));
          return low + moved;
        }),
      ),
  };
}

/** Objectives of the population after each of the given generations of 100. */
export function solve(
  problem: Problem,
  generations: readonly number[],
  seed: number,
): number[][][] {
  const names = problem.bounds.map((_, i) => `x${i}`);
  const space = parametricSpace(
    Object.fromEntries(
      problem.bounds.map(([low, high], i) => [names[i]!, { type: "real" as const, low, high }]),
    ),
  );
  const algorithm = createAlgorithm("nsga2", space, { seed });
  const populations: number[][][] = [];
  for (let g = 1; g <= Math.max(...generations); g++) {
    algorithm.tell(
      algorithm.ask(100).map((design) => ({
        design,
        outcome: {
          kind: "complete",
          objectives: problem.evaluate(names.map((name) => design[name] as number)),
          violation: 0,
        },
      })),
    );
    if (generations.includes(g)) populations.push(populationOf(algorithm.state()));
  }
  return populations;
}

function populationOf(state: unknown): number[][] {
  const { breeder } = state as {
    breeder: { population: { standing: [number, number, number[]] }[] };
  };
  return breeder.population.map((m) => m.standing[2]);
}
