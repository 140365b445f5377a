import { gradients } from "../../ops/gradients/index.ts";
import { trainingForm, withLoss } from "./context.ts";
import { cholesky, logDeterminant, traceOfInverse } from "./positive-definite.ts";
import type { ZeroCostProxy } from "./types.ts";

/** Of the authors' code. */
const RIDGE = 1e-5;

export const jacobCov: ZeroCostProxy = {
  name: "jacob_cov",
  description: "how little the samples' input gradients are correlated",
  source:
    "Mellor et al. 2020 (arXiv 2006.04647 v1), eq. 4, as in Abdelfattah et al. 2021: -sum(log(v + k) + 1/(v + k)) over the eigenvalues v of the correlation matrix, k = 1e-5",
  async score(context) {
    const { graph, images, logits } = trainingForm(context);
    const scored = withLoss(graph, undefined, (v) => v.sum(logits));
    const found = gradients(scored.graph, scored.loss, [images]);
    const name = found.gradients.get(images)!;
    const got = await context.run(found.graph, { [images]: context.batch.images }, [name]);
    const { data, dims } = got[name]!;
    return correlationScore(data as Float32Array, dims[0]!);
  },
};

/**
 * Of the rows of a matrix. Rows without variance have no correlation; they count as fully
 * correlated, the limit of samples that the network does not tell apart.
 *
 * @param rows [n, length]
 */
export function correlationScore(rows: Float32Array, n: number): number {
  const length = rows.length / n;
  const centred = new Float64Array(rows);
  const norms = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = centred.subarray(i * length, (i + 1) * length);
    let mean = 0;
    for (const x of row) mean += x / length;
    let squares = 0;
    for (let k = 0; k < length; k++) {
      row[k]! -= mean;
      squares += row[k]! ** 2;
    }
    norms[i] = Math.sqrt(squares);
  }
  const correlation = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let dot = 0;
      for (let k = 0; k < length; k++) dot += centred[i * length + k]! * centred[j * length + k]!;
      const scale = norms[i]! * norms[j]!;
      const r = i === j || !(scale > 0) ? 1 : dot / scale;
      correlation[i * n + j] = r;
      correlation[j * n + i] = r;
    }
  const l = cholesky(correlation, n, RIDGE);
  return -(logDeterminant(l, n) + traceOfInverse(l, n));
}
