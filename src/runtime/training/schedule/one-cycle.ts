/** Up and down once in two half cosines (Smith & Topin 2018), as PyTorch's `OneCycleLR` anneals. */
export interface OneCycleOptions {
  /** The highest rate. */
  readonly learningRate: number;
  /** Of the whole training. */
  readonly steps: number;
  /** Share of the steps that rise. Default 0.3. */
  readonly rise?: number;
  /** The first rate is the highest one over this. Default 25. */
  readonly initialDivisor?: number;
  /** The last rate is the first one over this. Default 1e4. */
  readonly finalDivisor?: number;
}
