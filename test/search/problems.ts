/**
 * The ZDT (Zitzler, Deb & Thiele 2000) and DTLZ (Deb et al. 2002) problems. Each takes the
 * variables scaled to [0, 1] and gives objectives to minimise.
 */
export interface Problem {
  readonly variables: number;
  /** Lower and upper bound of each variable. */
  readonly bounds: readonly (readonly [number, number])[];
  evaluate(x: ArrayLike<number>): number[];
}

const unit = (n: number) => Array.from({ length: n }, () => [0, 1] as const);

function zdtLike(
  bounds: readonly (readonly [number, number])[],
  g: (x: ArrayLike<number>) => number,
  first: (x0: number) => number,
  h: (f1: number, g: number) => number,
): Problem {
  return {
    variables: bounds.length,
    bounds,
    evaluate(x) {
      const f1 = first(x[0]!);
      const gx = g(x);
      return [f1, gx * h(f1, gx)];
    },
  };
}

function meanTail(x: ArrayLike<number>): number {
  let total = 0;
  for (let i = 1; i < x.length; i++) total += x[i]!;
  return total / (x.length - 1);
}

const linear = (x: ArrayLike<number>) => 1 + 9 * meanTail(x);
const same = (x0: number) => x0;

export const zdt1 = zdtLike(unit(30), linear, same, (f1, g) => 1 - Math.sqrt(f1 / g));
export const zdt2 = zdtLike(unit(30), linear, same, (f1, g) => 1 - (f1 / g) ** 2);
export const zdt3 = zdtLike(
  unit(30),
  linear,
  same,
  (f1, g) => 1 - Math.sqrt(f1 / g) - (f1 / g) * Math.sin(10 * Math.PI * f1),
);
export const zdt4 = zdtLike(
  [[0, 1], ...Array.from({ length: 9 }, () => [-5, 5] as const)],
  (x) => {
    let g = 1 + 10 * (x.length - 1);
    for (let i = 1; i < x.length; i++) g += x[i]! ** 2 - 10 * Math.cos(4 * Math.PI * x[i]!);
    return g;
  },
  same,
  (f1, g) => 1 - Math.sqrt(f1 / g),
);
export const zdt6 = zdtLike(
  unit(10),
  (x) => 1 + 9 * meanTail(x) ** 0.25,
  (x0) => 1 - Math.exp(-4 * x0) * Math.sin(6 * Math.PI * x0) ** 6,
  (f1, g) => 1 - (f1 / g) ** 2,
);

/** M objectives, 5 distance variables; the front is the simplex of sum 0.5. */
export function dtlz1(m: number): Problem {
  const n = m + 4;
  return {
    variables: n,
    bounds: unit(n),
    evaluate(x) {
      let g = n - m + 1;
      for (let i = m - 1; i < n; i++) {
        g += (x[i]! - 0.5) ** 2 - Math.cos(20 * Math.PI * (x[i]! - 0.5));
      }
      const scale = 0.5 * (1 + 100 * g);
      return Array.from({ length: m }, (_, k) => {
        let f = scale;
        for (let i = 0; i < m - 1 - k; i++) f *= x[i]!;
        return k === 0 ? f : f * (1 - x[m - 1 - k]!);
      });
    },
  };
}

/** M objectives, 10 distance variables; the front is the unit sphere's positive part. */
export function dtlz2(m: number): Problem {
  const n = m + 9;
  return {
    variables: n,
    bounds: unit(n),
    evaluate(x) {
      let g = 0;
      for (let i = m - 1; i < n; i++) g += (x[i]! - 0.5) ** 2;
      return Array.from({ length: m }, (_, k) => {
        let f = 1 + g;
        for (let i = 0; i < m - 1 - k; i++) f *= Math.cos((x[i]! * Math.PI) / 2);
        return k === 0 ? f : f * Math.sin((x[m - 1 - k]! * Math.PI) / 2);
      });
    },
  };
}
