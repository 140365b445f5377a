import type { ZeroCostProxy } from "./types.ts";

export const snip: ZeroCostProxy = {
  name: "snip",
  description: "sum over weights of |weight x gradient|, after one batch",
  source: "Lee et al. 2019, SNIP; summed as in Abdelfattah et al. 2021, eq. 1",
  async score(context) {
    let sum = 0;
    for (const [name, gradient] of await context.lossGradients()) {
      const weight = context.weights.get(name)!;
      for (let i = 0; i < gradient.length; i++) sum += Math.abs(weight[i]! * gradient[i]!);
    }
    return sum;
  },
};
