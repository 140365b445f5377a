/** The same learning rate in every step. */
export interface ConstantOptions {
  readonly learningRate: number;
}
