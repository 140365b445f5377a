/** Stochastic gradient descent with momentum, as PyTorch's `SGD` updates. */
import { nonNegative, share } from "../check.ts";
import type { Optimizer, Update } from "./types.ts";

export interface SgdOptions {
  /** Default 0.9. */
  readonly momentum?: number;
  /** Look ahead along the momentum. Default false. */
  readonly nesterov?: boolean;
  /** Added to the gradient, times the weights. Default 0. */
  readonly weightDecay?: number;
}

/**
 * g' = g + weightDecay p; m = momentum m + g'; p -= rate m, or rate (g' + momentum m) with Nesterov.
 *
 * @throws UserError for settings out of range
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { momentum = 0.9, nesterov = false, weightDecay = 0 } = options;
  share("sgd: momentum", momentum);
  nonNegative("sgd: weightDecay", weightDecay);
  return {
    moments: momentum === 0 ? [] : ["momentum"],
    update(v, { parameters, gradient, learningRate, moments }): Update {
      v.scoped("sgd");
      const decayed =
        weightDecay === 0 ? gradient : v.add(gradient, v.mul(parameters, weightDecay));
      const moved = (direction: string) => v.sub(parameters, v.mul(direction, learningRate));
      if (momentum === 0) return { parameters: moved(decayed), moments: {} };
      const velocity = v.add(v.mul(moments.momentum!, momentum), decayed);
      const direction = nesterov ? v.add(decayed, v.mul(velocity, momentum)) : velocity;
      return { parameters: moved(direction), moments: { momentum: velocity } };
    },
  };
}
