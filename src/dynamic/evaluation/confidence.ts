/** How sure a classifier is of its answers, and whether that can be believed. */

export interface Sureness {
  /** Largest probability of each sample. */
  readonly confidence: Float32Array;
  /** 1 where the largest logit is at the label. */
  readonly correct: Uint8Array;
}

/** @param logits [samples, classes] */
export function surenessOf(
  logits: Float32Array,
  labels: Int32Array,
  classes: number,
  temperature: number,
): Sureness {
  const samples = labels.length;
  const confidence = new Float32Array(samples);
  const correct = new Uint8Array(samples);
  for (let i = 0; i < samples; i++) {
    const start = i * classes;
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[start + c]! > logits[start + best]!) best = c;
    let sum = 0;
    for (let c = 0; c < classes; c++)
      sum += Math.exp((logits[start + c]! - logits[start + best]!) / temperature);
    confidence[i] = 1 / sum;
    correct[i] = best === labels[i] ? 1 : 0;
  }
  return { confidence, correct };
}

/** Mean negative log-likelihood of the labels under softmax(logits / temperature). */
export function likelihoodLoss(
  logits: Float32Array,
  labels: Int32Array,
  classes: number,
  temperature: number,
): number {
  let loss = 0;
  for (let i = 0; i < labels.length; i++) {
    const start = i * classes;
    let top = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) top = Math.max(top, logits[start + c]!);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp((logits[start + c]! - top) / temperature);
    loss += Math.log(sum) - (logits[start + labels[i]!]! - top) / temperature;
  }
  return loss / labels.length;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The temperature with the least loss (Guo et al. 2017, section 4.2), by golden-section search over its
 * logarithm from 1/20 to 20: the loss has one minimum there.
 */
export function bestTemperature(logits: Float32Array, labels: Int32Array, classes: number): number {
  const loss = (log: number) => likelihoodLoss(logits, labels, classes, Math.exp(log));
  let [low, high] = [-Math.log(20), Math.log(20)];
  let [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [la, lb] = [loss(a), loss(b)];
  for (let i = 0; i < 40; i++) {
    if (la < lb) {
      [high, b, lb] = [b, a, la];
      a = high - GOLDEN * (high - low);
      la = loss(a);
    } else {
      [low, a, la] = [a, b, lb];
      b = low + GOLDEN * (high - low);
      lb = loss(b);
    }
  }
  return Math.exp((low + high) / 2);
}

/**
 * Expected calibration error (Naeini et al. 2015): the mean distance of confidence and accuracy over
 * bins of equal width, weighted by their samples.
 */
export function calibrationError({ confidence, correct }: Sureness, bins = 15): number {
  const sums = Array.from({ length: bins }, () => ({ n: 0, confidence: 0, correct: 0 }));
  confidence.forEach((p, i) => {
    const bin = sums[Math.min(bins - 1, Math.floor(p * bins))]!;
    bin.n++;
    bin.confidence += p;
    bin.correct += correct[i]!;
  });
  return (
    sums.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.correct), 0) / confidence.length
  );
}

/**
 * The temperature of an exit: the likeliest, or 1 where that makes the calibration error no smaller, as
 * happens on few samples.
 */
export function fittedTemperature(logits: Float32Array, labels: Int32Array, classes: number) {
  const error = (t: number) => calibrationError(surenessOf(logits, labels, classes, t));
  const likeliest = bestTemperature(logits, labels, classes);
  const [before, after] = [error(1), error(likeliest)];
  return after < before
    ? { temperature: likeliest, error: [before, after] as const }
    : { temperature: 1, error: [before, before] as const };
}
