import type { ZeroCostProxy } from "./types.ts";

export const gradNorm: ZeroCostProxy = {
  name: "grad_norm",
  description: "sum over layers of the Euclidean norm of the weights' gradients, after one batch",
  source: "Abdelfattah et al. 2021, Zero-Cost Proxies for Lightweight NAS, section 3.2",
  async score(context) {
    let sum = 0;
    for (const gradient of (await context.lossGradients()).values()) {
      let squares = 0;
      for (const g of gradient) squares += g * g;
      sum += Math.sqrt(squares);
    }
    return sum;
  },
};
