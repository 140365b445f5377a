/** Stochastic gradient descent with momentum, as PyTorch's `SGD` updates. */
export interface SgdOptions {
  /** Default 0.9. */
  readonly momentum?: number;
  /** Look ahead along the momentum. Default false. */
  readonly nesterov?: boolean;
  /** Added to the gradient, times the weights. Default 0. */
  readonly weightDecay?: number;
}
