/**
 * How much attention keeps, for a target of accuracy or cost: one factor over all shares and thresholds,
 * found by bisection on samples that no weight has seen.
 */
import type { DynamicNetwork, DynamicPlan, Region } from "../plan.ts";
import { type AssuredTarget, isAssured } from "./assured.ts";
import { paired } from "./paired.ts";
import type { Target } from "./thresholds.ts";

/** What a network with some factor comes to. */
export interface KeptScore {
  /** Share of the samples that are answered rightly. */
  readonly accuracy: number;
  /** Mean multiply-accumulates of an input. */
  readonly macs: number;
  /** 1 for each sample that is answered rightly; asked for where a loss is to be assured. */
  readonly correct?: Uint8Array;
}

export interface KeptChoice extends KeptScore {
  readonly network: DynamicNetwork;
  readonly factor: number;
}

export interface KeptCalibration {
  /** The choice that meets the target; where none does, the one that comes nearest. */
  readonly choice: KeptChoice;
  readonly met: boolean;
  /** With everything kept, and with as little as the factor goes to. */
  readonly limits: { readonly most: KeptScore; readonly least: KeptScore };
  /** Networks that were run. */
  readonly tried: number;
}

/** Shares of a thousandth and thresholds a thousand times higher keep next to nothing. */
const LARGEST = 1000;
/** Halvings of the factor's logarithm: two parts in a thousand of the factor are left. */
const STEPS = 13;

/** Whether attention decides about any region, by a rule that a factor changes. */
export const isAdjustable = (plan: DynamicPlan): boolean => plan.regions.some(byAttention);

const byAttention = (region: Region): boolean =>
  region.kind !== "layer" && region.by === "attention";

/**
 * The plan with all top shares times the factor (1 at most), and all thresholds divided by it: above 1
 * more is kept, below 1 less. At `Infinity` all is.
 */
export function scaledPlan(plan: DynamicPlan, factor: number): DynamicPlan {
  const regions = plan.regions.map((region): Region => {
    if (region.kind === "layer" || region.by !== "attention") return region;
    const { keep } = region;
    if (keep.rule === "score") return region;
    if (keep.rule === "threshold")
      return { ...region, keep: { ...keep, value: keep.value / factor } } as Region;
    const share = factor === Number.POSITIVE_INFINITY ? 1 : Math.min(1, keep.share * factor);
    return { ...region, keep: { ...keep, share } };
  });
  return { ...plan, regions };
}

/** The network with all that attention could leave out. */
export const allKept = ({ graph, plan }: DynamicNetwork): DynamicNetwork => ({
  graph,
  plan: scaledPlan(plan, Number.POSITIVE_INFINITY),
});

/**
 * Accuracy is taken to rise with the factor, as cost does. Between the networks that were run the choice
 * is exact: for accuracy the cheapest that meets it, for cost the most accurate. What is assured is the
 * cheapest above all that fail the test, as in a row that is tried from the dearest.
 *
 * @param scoreOf runs a network on the held-out samples
 */
export async function chooseKept(
  network: DynamicNetwork,
  target: Target | AssuredTarget,
  scoreOf: (network: DynamicNetwork) => Promise<KeptScore>,
): Promise<KeptCalibration> {
  const tried: KeptChoice[] = [];
  const score = async (factor: number): Promise<KeptChoice> => {
    const scaled = { graph: network.graph, plan: scaledPlan(network.plan, factor) };
    const choice = { network: scaled, factor, ...(await scoreOf(scaled)) };
    tried.push(choice);
    return choice;
  };
  const most = await score(Number.POSITIVE_INFINITY);
  const least = await score(1 / LARGEST);
  const meets = (choice: KeptScore): boolean => {
    if (target.kind === "cost") return choice.macs <= target.atMost;
    if (target.kind === "accuracy") return choice.accuracy >= target.atLeast;
    return isAssured(paired(target.reference, choice.correct!), target);
  };
  /** Whether a choice lies on the side of less. */
  const less = (choice: KeptScore) => meets(choice) === (target.kind === "cost");
  let [low, high] = [-Math.log(LARGEST), Math.log(LARGEST)];
  for (let i = 0; i < STEPS; i++) {
    const middle = (low + high) / 2;
    if (less(await score(Math.exp(middle)))) low = middle;
    else high = middle;
  }
  // A test that is passed below one that is not would be passed by chance.
  const failed = target.kind === "assured" ? tried.filter((choice) => !meets(choice)) : [];
  const floor = Math.max(0, ...failed.map(({ factor }) => factor));
  const met = tried.filter((choice) => meets(choice) && choice.factor > floor);
  const best = (list: readonly KeptChoice[], better: (a: KeptChoice, b: KeptChoice) => boolean) =>
    list.reduce((a, b) => (better(b, a) ? b : a));
  const cheaper = (a: KeptScore, b: KeptScore) =>
    a.macs < b.macs || (a.macs === b.macs && a.accuracy > b.accuracy);
  const righter = (a: KeptScore, b: KeptScore) =>
    a.accuracy > b.accuracy || (a.accuracy === b.accuracy && a.macs < b.macs);
  // Meeting it: cheapest for accuracy, most accurate for cost. Else whatever comes nearest.
  const byCost = target.kind === "cost";
  const choice =
    met.length > 0
      ? best(met, byCost ? righter : cheaper)
      : best(tried, byCost ? cheaper : righter);
  return { choice, met: met.length > 0, limits: { most, least }, tried: tried.length };
}
