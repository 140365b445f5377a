/** Whether a fit may become a device file: what is wrong with it, in words. */
import type { BoardFit, FamilyErrors, FitPlan } from "../../gpu/calibration/fit-board.ts";
import { PARAMETER_RANGES } from "../../gpu/calibration/parameter-ranges.ts";
import type { ParameterName } from "../../gpu/calibration/parameters.ts";

/** A parameter that the fit would have driven further. */
export interface AtBound {
  readonly parameter: string;
  readonly value: number;
  readonly bound: number;
  /** Whether no GPU can have it, so that the rows are of something else. */
  readonly absurd: boolean;
}

/** Shares that a fit holds below 1, where they are as good as whole. */
const WHOLE: ReadonlySet<string> = new Set<ParameterName>([
  "stairHardness",
  "dramEfficiency",
  "gemmEfficiency",
  "tensorEfficiency",
]);
const NEARLY_WHOLE = 0.9975;
/** Of a bound, as a factor. */
const NEAR = 1.02;

export function boundsOf(parameters: BoardFit["parameters"]): AtBound[] {
  return Object.entries(parameters).flatMap(([parameter, value]): AtBound[] => {
    const [least, most] = PARAMETER_RANGES[parameter as ParameterName];
    if (WHOLE.has(parameter) && value >= NEARLY_WHOLE)
      return [{ parameter, value, bound: 1, absurd: false }];
    // A bound of 0 is that of an overhead or a latency that there is not.
    if (value <= least * NEAR)
      return [{ parameter, value, bound: least, absurd: least > 0 || value < 0 }];
    return value >= most / NEAR ? [{ parameter, value, bound: most, absurd: true }] : [];
  });
}

/** No sound table of measurements is fitted worse than this; a fraction. */
const IMPLAUSIBLE = 0.5;
/** Fewer rows of a family do not tell. */
const FEWEST_ROWS = 5;
/** Folds differ by this much: less is no change for the worse. */
const WORSE = { factor: 1.1, difference: 0.02 };

/** Reasons against the fit, the gravest first; none: it can be used. */
export function objectionsTo(
  bounds: readonly AtBound[],
  families: readonly FamilyErrors[],
  plan: FitPlan,
): string[] {
  const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
  const absurd = bounds
    .filter((b) => b.absurd)
    .map(
      ({ parameter, value, bound }) =>
        `the fit ends with ${parameter} at ${value.toPrecision(3)}, its bound is ${bound}: the rows are not of this board`,
    );
  const fitted = new Set(
    plan.stages.flatMap((s) => (s.names.length > 0 ? s.rows.map((o) => o.precision) : [])),
  );
  const bad = families
    .filter((f) => f.count >= FEWEST_ROWS && f.after.mape > IMPLAUSIBLE)
    .map(
      (f) =>
        `${f.data} ${f.family} ${f.precision}: off by ${percent(f.after.mape)} after the fit too, ${percent(f.before.mape)} before`,
    );
  const changed = families.filter((f) => fitted.has(f.precision));
  const pooled = (when: "before" | "after"): number =>
    changed.reduce((sum, f) => sum + f.count * f[when].mape, 0) /
    changed.reduce((sum, f) => sum + f.count, 0);
  const [before, after] = [pooled("before"), pooled("after")];
  const worse =
    after > WORSE.factor * before && after - before > WORSE.difference
      ? [`the fit makes the error larger: ${percent(before)} before, ${percent(after)} after`]
      : [];
  return [...absurd, ...bad, ...worse];
}
