/** How far a training is, for people. */

export interface TrainingProgress {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  /** Of the current epoch so far; NaN before its first step. */
  readonly loss: number;
  /** Share of training samples hit in the current epoch so far, after augmentation. */
  readonly accuracy: number;
  readonly samplesPerSecond: number;
  /** At the mean pace since this process began, evaluation included; undefined before the first step. */
  readonly secondsLeft: number | undefined;
}

/** The pace of this process: what was done before it counts towards the end, not towards the pace. */
export class Pace {
  #seconds = 0;
  #steps = 0;
  #samples = 0;

  add(seconds: number, steps: number, samples: number): void {
    this.#seconds += seconds;
    this.#steps += steps;
    this.#samples += samples;
  }

  get samplesPerSecond(): number {
    return this.#seconds > 0 ? this.#samples / this.#seconds : 0;
  }

  secondsFor(steps: number): number | undefined {
    return this.#steps > 0 ? (this.#seconds / this.#steps) * steps : undefined;
  }
}
