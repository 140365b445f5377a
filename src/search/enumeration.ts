/** Counting and numbering the designs of a space of parameters, conditions included. */
import type { Axis, Genes } from "./axes.ts";

export interface Enumeration {
  /** Number of designs; Infinity where an axis is real. May exceed the safe integers. */
  readonly size: number;
  /** The design of index `i`: mixed radix, the first parameter the most significant digit. */
  at(i: number): Genes;
}

/**
 * Whether later axes are active depends only on which conditions the earlier genes meet, so counts
 * are remembered by (axis, conditions met so far): linear in the number of parameters for
 * conditions that do not interleave.
 */
export function enumerate(axes: readonly Axis[]): Enumeration {
  /** Conditions on each axis, by the axes that state them, in order. */
  const classes = axes.map((_, parent) => distinguish(axes, parent));
  const lastUse = axes.map((_, parent) =>
    axes.reduce((last, a, i) => (a.conditions.some((c) => c.parent === parent) ? i : last), -1),
  );
  const memo = new Map<string, number>();

  const active = (axis: Axis, path: readonly number[]) =>
    axis.conditions.every(({ parent, genes }) => genes.has(path[parent]!));

  /** Designs below `path`, the genes of the axes before `i`. */
  const count = (i: number, path: number[]): number => {
    if (i === axes.length) return 1;
    let key = `${i}`;
    for (let p = 0; p < i; p++) if (lastUse[p]! >= i) key += `,${classes[p]!(path[p]!)}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    let total = 0;
    for (const [gene, times] of choices(i, path)) {
      path[i] = gene;
      total += times * count(i + 1, path);
    }
    path.length = i;
    memo.set(key, total);
    return total;
  };

  /** Runs of consecutive genes of axis `i` below which the counts are equal: first gene, length. */
  const choices = (i: number, path: readonly number[]): readonly [number, number][] => {
    const axis = axes[i]!;
    if (!active(axis, path)) return [[Number.NaN, 1]];
    if (lastUse[i] === -1 || axis.kind === "real") return [[axis.low, axis.count]];
    return runs[i]!;
  };
  const runs = axes.map((axis, i): readonly [number, number][] => {
    if (lastUse[i] === -1 || axis.kind === "real") return [];
    const cuts = new Set<number>([0]);
    for (const { conditions } of axes) {
      for (const { parent, genes } of conditions) {
        if (parent !== i) continue;
        for (const gene of genes) {
          const k = (gene - axis.low) / axis.step;
          cuts.add(k);
          if (k + 1 < axis.count) cuts.add(k + 1);
        }
      }
    }
    const starts = [...cuts].sort((a, b) => a - b);
    return starts.map((k, j) => [axis.low + k * axis.step, (starts[j + 1] ?? axis.count) - k]);
  });

  return {
    size: count(0, []),
    at(index) {
      const path: number[] = [];
      let rest = index;
      for (let i = 0; i < axes.length; i++) {
        for (const [gene, times] of choices(i, path)) {
          path[i] = gene;
          const each = count(i + 1, path);
          if (rest < times * each) {
            const k = Math.floor(rest / each);
            rest -= k * each;
            path[i] = gene + k * axes[i]!.step;
            break;
          }
          rest -= times * each;
        }
      }
      return path;
    },
  };
}

/** Names the set of conditions on axis `parent` that a gene meets. */
function distinguish(axes: readonly Axis[], parent: number): (gene: number) => string {
  const sets = axes.flatMap((a) =>
    a.conditions.filter((c) => c.parent === parent).map((c) => c.genes),
  );
  return (gene) => sets.map((s) => (s.has(gene) ? "1" : "0")).join("");
}
