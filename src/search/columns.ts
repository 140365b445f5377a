/** Points objective by objective, which is how sorting reads them. */
import { invariant } from "../base/errors.ts";

/**
 * One column for each objective. A NaN, or a point that has fewer objectives than the first, is
 * refused.
 */
export function columnsOf(points: readonly ArrayLike<number>[]): Float64Array[] {
  const n = points.length;
  const m = points[0]?.length ?? 0;
  const columns = Array.from({ length: m }, () => new Float64Array(n));
  if (m === 2) {
    const [first, second] = columns as [Float64Array, Float64Array];
    for (let i = 0; i < n; i++) {
      const point = points[i]!;
      first[i] = point[0]!;
      second[i] = point[1]!;
    }
  } else {
    for (let i = 0; i < n; i++) {
      const point = points[i]!;
      for (let k = 0; k < m; k++) columns[k]![i] = point[k]!;
    }
  }
  checkColumns(columns);
  return columns;
}

export function checkColumns(columns: readonly Float64Array[]): void {
  const n = columns[0]?.length ?? 0;
  columns.forEach((column, k) => {
    invariant(column.length === n, `objective ${k} has ${column.length} values, objective 0 ${n}`);
    for (let i = 0; i < n; i++) {
      // the message is built only where it is needed: this runs for every value
      if (Number.isNaN(column[i])) {
        invariant(false, `objective ${k} of point ${i} is NaN or missing`);
      }
    }
  });
}
