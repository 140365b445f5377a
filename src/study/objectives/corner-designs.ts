/**
 * Few designs that stand for all where network and data are brought together: the smallest, the
 * largest, and enough others that each category of each parameter is in one.
 */
import { stream } from "../../base/rng.ts";
import { type Axis, type Genes, isActive } from "../../search/axes.ts";
import type { ParametricSpace } from "../../search/parametric-space.ts";
import type { Design } from "../../search/types.ts";
import { isParametric } from "../../search/variator.ts";
import type { BuiltSpace } from "../kinds.ts";

/** More are not looked at: a parameter may have thousands of categories. */
const MOST = 32;

/** The first is one to begin with, where the space says which. */
export function cornersOf({ space, corners }: BuiltSpace): readonly Design[] {
  if (corners !== undefined) return corners();
  if (isParametric(space)) return parametricCorners(space);
  return [space.start?.[0] ?? space.sample(stream(0, "study/corner"))];
}

function parametricCorners(space: ParametricSpace): readonly Design[] {
  const { axes } = space;
  const found = new Map<string, Design>();
  const seen = axes.map(() => new Set<number>());
  const add = (wish: (axis: Axis, index: number) => number) => {
    const genes: Genes = [];
    axes.forEach((axis, i) => {
      genes.push(isActive(axis, genes) ? wish(axis, i) : Number.NaN);
      seen[i]!.add(genes[i]!);
    });
    const design = space.decode(genes);
    found.set(space.key(design), design);
  };
  add(({ low }) => low);
  add(({ high }) => high);
  const categories = axes.filter(isCategorical);
  const most = Math.max(0, ...categories.map(({ count }) => count));
  // The k-th category of all parameters at once covers them with as few designs as the longest has.
  for (let k = 0; k < Math.min(most, MOST); k++)
    add((axis) => (isCategorical(axis) ? Math.min(k, axis.high) : axis.low));
  axes.forEach((axis, i) => {
    if (!isCategorical(axis)) return;
    for (let gene = axis.low; gene <= axis.high && found.size < MOST; gene++)
      if (!seen[i]!.has(gene)) {
        const forced = new Map([[i, gene]]);
        activate(axes, i, forced);
        add(({ low }, index) => forced.get(index) ?? low);
      }
  });
  return [...found.values()];
}

function isCategorical({ parameter }: Axis): boolean {
  return parameter.type === "categorical" || parameter.type === "boolean";
}

/** Genes of the parents under which the axis is there. */
function activate(axes: readonly Axis[], index: number, genes: Map<number, number>): void {
  for (const { parent, genes: allowed } of axes[index]!.conditions) {
    const [first] = allowed;
    if (first === undefined || genes.has(parent)) continue;
    genes.set(parent, first);
    activate(axes, parent, genes);
  }
}
