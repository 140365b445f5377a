/** How well what is cheap ranks designs: by the trials that have the expensive objective too. */
import { spearman } from "../base/stats.ts";
import type { TrialBlock } from "./block.ts";
import type { StudyRecord } from "./store/index.ts";

export interface RankCorrelation {
  /** The expensive objective. */
  readonly objective: string;
  /** What is known before it: a cheap objective, a constraint's value, an early accuracy. */
  readonly estimate: string;
  /** Spearman's, of the values as they are shown: -1 where the larger the estimate the smaller the objective. */
  readonly spearman: number;
  /** Trials that have both. */
  readonly trials: number;
}

/** A rank correlation of fewer says nothing. */
const FEWEST = 4;

/** For each objective of a later stage, that of everything known before it, the closest first. */
export function rankCorrelations(
  { objectives, constraints }: Pick<StudyRecord, "objectives" | "constraints">,
  block: TrialBlock,
): readonly RankCorrelation[] {
  const stageOf = (name: string) =>
    [...objectives, ...constraints].find((o) => o.name === name)?.stage;
  return objectives
    .filter(({ stage }) => stage > 0)
    .flatMap(({ name, stage }) => {
      const target = block.values.find((column) => column.name === name);
      if (target === undefined) return [];
      return block.values
        .filter(
          (column) =>
            column.name !== name &&
            // A step on the way to the value is no objective, but has its name.
            (stageOf(column.name) ?? (column.name.startsWith(`${name}@`) ? 0 : stage)) < stage,
        )
        .flatMap((column): RankCorrelation[] => {
          const rows = [...column.data.keys()].filter(
            (i) => Number.isFinite(column.data[i]) && Number.isFinite(target.data[i]),
          );
          if (rows.length < FEWEST) return [];
          const rho = spearman(
            rows.map((i) => column.data[i]!),
            rows.map((i) => target.data[i]!),
          );
          // One side is the same in all trials: there is no order to compare.
          if (Number.isNaN(rho)) return [];
          return [{ objective: name, estimate: column.name, spearman: rho, trials: rows.length }];
        })
        .sort((a, b) => Math.abs(b.spearman) - Math.abs(a.spearman));
    });
}

/** One line for each objective: `rank correlation with accuracy: synflow 0.83, params 0.42 (31 trials)`. */
export function correlationLines(correlations: readonly RankCorrelation[]): readonly string[] {
  const objectives = [...new Set(correlations.map((c) => c.objective))];
  return objectives.map((objective) => {
    const of = correlations.filter((c) => c.objective === objective);
    const counts = [...new Set(of.map((c) => c.trials))];
    const same = counts.length === 1;
    const each = of.map(
      ({ estimate, spearman, trials }) =>
        `${estimate} ${spearman.toFixed(2)}${same ? "" : ` (${trials} trials)`}`,
    );
    return `rank correlation (Spearman's) with ${objective}: ${each.join(", ")}${same ? ` (${counts[0]} trials)` : ""}`;
  });
}
