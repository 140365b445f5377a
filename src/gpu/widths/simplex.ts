/**
 * A small linear program, solved by the primal simplex method on a dense tableau with Bland's rule,
 * which cannot cycle: maximise c x where A x <= b and x >= 0, with b >= 0.
 */

export interface LinearProgram {
  readonly objective: readonly number[];
  /** A, row by row. */
  readonly rows: readonly (readonly number[])[];
  readonly limits: readonly number[];
}

export interface LinearSolution {
  readonly x: readonly number[];
  /** What a unit more of each limit would gain. */
  readonly prices: readonly number[];
  readonly value: number;
}

const EPSILON = 1e-11;
const MOST_PIVOTS = 2000;

export function solveLinear({ objective, rows, limits }: LinearProgram): LinearSolution {
  const n = objective.length;
  const m = rows.length;
  const width = n + m + 1;
  const table = rows.map((row, i) => {
    const line = new Float64Array(width);
    line.set(row);
    line[n + i] = 1;
    line[width - 1] = limits[i]!;
    return line;
  });
  const cost = new Float64Array(width);
  objective.forEach((c, j) => {
    cost[j] = -c;
  });
  const basis = rows.map((_, i) => n + i);
  for (let pivots = 0; pivots < MOST_PIVOTS; pivots++) {
    const enter = cost.findIndex((c, j) => j < width - 1 && c < -EPSILON);
    if (enter < 0) break;
    let leave = -1;
    let least = Number.POSITIVE_INFINITY;
    table.forEach((line, i) => {
      if (line[enter]! <= EPSILON) return;
      const ratio = line[width - 1]! / line[enter]!;
      if (ratio < least || (ratio === least && basis[i]! < basis[leave]!)) {
        least = ratio;
        leave = i;
      }
    });
    if (leave < 0) break;
    const pivot = table[leave]!;
    const scale = 1 / pivot[enter]!;
    for (let j = 0; j < width; j++) pivot[j]! *= scale;
    for (const line of [...table, cost]) {
      const factor = line[enter]!;
      if (line === pivot || factor === 0) continue;
      for (let j = 0; j < width; j++) line[j]! -= factor * pivot[j]!;
    }
    basis[leave] = enter;
  }
  const x = Array.from({ length: n }, () => 0);
  basis.forEach((j, i) => {
    if (j < n) x[j] = table[i]![width - 1]!;
  });
  const prices = rows.map((_, i) => Math.max(0, cost[n + i]!));
  return { x, prices, value: cost[width - 1]! };
}
