/** The one batch that proxies are computed on. */
import { Batches, type Dataset, normalizationOf, wholeSet } from "../data/index.ts";
import type { ProxyBatch } from "./types.ts";

/** As in NAS-Bench-Suite-Zero, whose scores of `jacob_cov` show it. */
export const PROXY_BATCH = 32;

/**
 * Training samples drawn by seed, normalised by mean and deviation of the training set.
 *
 * @param size samples; default 32
 * @throws UserError where the data set has fewer samples
 */
export function proxyBatch(dataset: Dataset, seed: number, size = PROXY_BATCH): ProxyBatch {
  const view = wholeSet(dataset.train);
  const batches = new Batches(view, {
    batch: size,
    normalization: normalizationOf(view),
    shuffleSeed: seed,
    last: "drop",
  });
  const { images, labels } = batches.fill(0, 0);
  return { images, labels };
}
