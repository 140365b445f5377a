/** Adam with decoupled weight decay (Loshchilov & Hutter 2019), as PyTorch's `AdamW` updates. */
import { nonNegative, positive, share } from "../check.ts";
import type { Formula } from "../formula.ts";
import type { Optimizer } from "./types.ts";

export interface AdamWOptions {
  /** Decay of the first moment. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment. Default 1e-8. */
  readonly epsilon?: number;
  /** Share of the weights lost in a step, times the learning rate. Default 0.01. */
  readonly weightDecay?: number;
}

/**
 * With t the number of this step from 1: p -= rate weightDecay p; m = beta1 m + (1 - beta1) g;
 * v = beta2 v + (1 - beta2) g^2; p -= rate / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon).
 *
 * @throws UserError for settings out of range
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options;
  share("adamw: beta1", beta1);
  share("adamw: beta2", beta2);
  positive("adamw: epsilon", epsilon);
  nonNegative("adamw: weightDecay", weightDecay);
  return {
    moments: ["first_moment", "second_moment"],
    update(v, { parameters, gradient, learningRate, step, moments }) {
      v.scoped("adamw");
      const t = v.apply("Squeeze", [
        v.add(v.cast(step, "float64"), v.number(1, "float64")),
        v.integers(0),
      ]);
      const first = v.add(v.mul(moments.first_moment!, beta1), v.mul(gradient, 1 - beta1));
      const second = v.add(
        v.mul(moments.second_moment!, beta2),
        v.mul(v.mul(gradient, gradient), 1 - beta2),
      );
      const root = v.div(v.sqrt(second), v.cast(v.sqrt(unbias(v, beta2, t)), "float32"));
      const rate = v.div(learningRate, v.cast(unbias(v, beta1, t), "float32"));
      const kept = v.mul(parameters, v.sub(1, v.mul(learningRate, weightDecay)));
      return {
        parameters: v.sub(kept, v.mul(v.div(first, v.add(root, epsilon)), rate)),
        moments: { first_moment: first, second_moment: second },
      };
    },
  };
}

/** 1 - beta^t in float64: in float32 the first steps lose five of seven digits for beta near 1. */
function unbias(v: Formula, beta: number, t: string): string {
  return v.sub(v.number(1, "float64"), v.apply("Pow", [v.number(beta, "float64"), t]));
}
