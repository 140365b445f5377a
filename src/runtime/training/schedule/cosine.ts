/** Half a cosine from the full rate to the final one, after a linear rise (Loshchilov & Hutter 2017). */
export interface CosineOptions {
  readonly learningRate: number;
  /** Of the whole training. */
  readonly steps: number;
  /** Steps of the rise, the first at `learningRate / warmup`. Default 0. */
  readonly warmup?: number;
  /** Share of the rate at the end. Default 0. */
  readonly final?: number;
}
