/** Adam with decoupled weight decay, as PyTorch's `AdamW` updates. */
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
