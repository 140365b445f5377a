/**
 * Thresholds whose loss of accuracy stays within a margin on other samples too, with a confidence: Learn then
 * Test (Angelopoulos et al. 2021) with fixed-sequence testing. Choices are tried in one order, of one exit from
 * the dearest to the cheapest, and the first that the score test of paired answers does not tell from the
 * margin ends it, so that one wrong step in the whole row is as likely as in a single test. What is not
 * counted: an exit's temperature, one number, is fitted on the same samples.
 */
import { normalQuantile } from "../../base/normal.ts";
import { NEVER } from "../plan.ts";
import type { Sureness } from "./confidence.ts";
import { type Paired, paired, scoreStatistic } from "./paired.ts";
import { type Calibrated, chooseThresholds, type ExitChoice, evaluateExits } from "./thresholds.ts";
import { efficientChoices } from "./trade-off.ts";

/** The cheapest choice that loses less than `loss` with this confidence. */
export interface AssuredTarget {
  readonly kind: "assured";
  /** Of accuracy, as a share of all samples. */
  readonly loss: number;
  /** 0.5 or more, below 1. */
  readonly confidence: number;
  /** 1 where the network that is compared with is right, of each sample. */
  readonly reference: Uint8Array;
}

/** Whether a loss of the target's or more is refused, at the level of its confidence. */
export function isAssured(
  counts: Paired,
  { loss, confidence }: Pick<AssuredTarget, "loss" | "confidence">,
): boolean {
  return scoreStatistic(counts, loss) < -normalQuantile(confidence);
}

/**
 * One exit's thresholds have one order, so that all samples serve the test. Of several exits, half of the
 * samples tell which choices are efficient and how surely each keeps the margin, and the others test them from
 * the surest on (Pareto Testing, Laufer-Goldshtein et al. 2023): no sample that had a say in the order is asked again.
 *
 * @param classifiers of the exits in order, and of the end
 * @param costs as of `chooseThresholds`
 */
export function chooseAssured(
  classifiers: readonly Sureness[],
  costs: readonly Float64Array[],
  target: AssuredTarget,
): Calibrated {
  const thresholds =
    classifiers.length === 2
      ? ofOneExit(classifiers, target)
      : ofSeveralExits(classifiers, costs, target);
  return thresholds === undefined
    ? { choice: mostAccurate(classifiers, costs), met: false }
    : { choice: evaluateExits(classifiers, costs, thresholds), met: true };
}

/** What comes nearest where nothing can be assured. */
const mostAccurate = (classifiers: readonly Sureness[], costs: readonly Float64Array[]) =>
  chooseThresholds(classifiers, costs, { kind: "accuracy", atLeast: 2 }).choice;

function ofOneExit(
  [exit, end]: readonly Sureness[],
  target: AssuredTarget,
): readonly number[] | undefined {
  const { confidence, correct } = exit!;
  const { reference } = target;
  const counts = { ...paired(reference, end!.correct) };
  if (!isAssured(counts, target)) return undefined;
  let threshold = NEVER;
  const order = Array.from(confidence.keys()).sort((a, b) => confidence[b]! - confidence[a]!);
  for (const [at, i] of order.entries()) {
    // The sample leaves here now: its answer is no longer the end's.
    count(counts, reference[i]!, end!.correct[i]!, -1);
    count(counts, reference[i]!, correct[i]!, 1);
    const next = order[at + 1];
    if (next !== undefined && confidence[next] === confidence[i]) continue;
    if (!isAssured(counts, target)) break;
    threshold = confidence[i]!;
  }
  return [threshold];
}

function count(
  counts: { lost: number; gained: number },
  reference: number,
  other: number,
  by: number,
): void {
  if (reference > other) counts.lost += by;
  else if (reference < other) counts.gained += by;
}

function ofSeveralExits(
  classifiers: readonly Sureness[],
  costs: readonly Float64Array[],
  target: AssuredTarget,
): readonly number[] | undefined {
  const half = (remainder: number) => {
    const own = (_: unknown, i: number) => i % 2 === remainder;
    return {
      classifiers: classifiers.map(({ confidence, correct }) => ({
        confidence: confidence.filter(own),
        correct: correct.filter(own),
      })),
      costs: costs.map((each) => each.filter(own)),
      reference: target.reference.filter(own),
    };
  };
  const [learn, test] = [half(0), half(1)];
  if (test.reference.length === 0) return undefined;
  const nobody = evaluateExits(
    learn.classifiers,
    learn.costs,
    costs.slice(1).map(() => NEVER),
  );
  const order = [nobody, ...efficientChoices(learn.classifiers, learn.costs)]
    .map((choice) => {
      const right = rightAt(learn.classifiers, choice.thresholds);
      return { choice, score: scoreStatistic(paired(learn.reference, right), target.loss) };
    })
    .sort((a, b) => a.score - b.score || b.choice.cost - a.choice.cost);
  let found: ExitChoice | undefined;
  for (const { choice } of order) {
    const right = rightAt(test.classifiers, choice.thresholds);
    if (!isAssured(paired(test.reference, right), target)) break;
    if (found === undefined || choice.cost < found.cost) found = choice;
  }
  return found?.thresholds;
}

/** Which samples are answered rightly where they leave. */
function rightAt(classifiers: readonly Sureness[], thresholds: readonly number[]): Uint8Array {
  return classifiers[0]!.correct.map((_, i) => {
    const found = thresholds.findIndex((t, k) => classifiers[k]!.confidence[i]! >= t);
    return classifiers[found < 0 ? thresholds.length : found]!.correct[i]!;
  });
}
