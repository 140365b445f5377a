/**
 * The budget loss of learned gates (Verelst and Tuytelaars 2020, "Dynamic Convolutions"): the share of
 * the conditional work that is done is drawn to its target, and each region's own share is held between
 * bounds that start at its target and open in the first third of the training.
 */
import type { Formula } from "../../runtime/training/formula.ts";

/** Share of the training over which the bounds open. */
const ANNEALED = 0.33;

export interface BudgetTerm {
  /** Mean of the region's mask over the batch, float32 []. */
  readonly share: string;
  readonly target: number;
  /** Multiply-accumulates of the region where it is on altogether. */
  readonly macs: number;
}

/**
 * @param progress share of the training that is done, float32 []
 * @returns `loss`, float32 [], and `share`, the conditional work that is done, float32 []
 */
export function budgetLoss(
  v: Formula,
  terms: readonly BudgetTerm[],
  progress: string,
  weight: number,
): { readonly loss: string; readonly share: string } {
  v.scoped("budget");
  const total = terms.reduce((sum, { macs }) => sum + macs, 0);
  const sum = (values: readonly string[]) => values.reduce((a, b) => v.add(a, b));
  const share = sum(terms.map((term) => v.mul(term.share, term.macs / total)));
  const target = terms.reduce((all, term) => all + (term.macs / total) * term.target, 0);
  const square = (x: string) => v.mul(x, x);
  const whole = square(v.sub(share, target));
  // q falls from 1 to 0: cos^2 of a quarter turn.
  const turned = v.mul(v.min(v.div(progress, ANNEALED), 1), Math.PI / 2);
  const q = square(v.apply("Cos", [turned]));
  const bounds = terms.map((term) => {
    const high = v.sub(1, v.mul(q, 1 - term.target));
    const low = v.mul(q, term.target);
    const above = square(v.max(v.sub(term.share, high), 0));
    const below = square(v.max(v.sub(low, term.share), 0));
    return v.add(above, below);
  });
  const loss = v.mul(v.add(whole, v.div(sum(bounds), terms.length)), weight);
  return { loss, share };
}
