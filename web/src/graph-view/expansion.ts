/**
 * Which groups are open. The address keeps what differs from a rule: `fit` opens whole levels as long
 * as the picture stays small, `all` opens everything, `none` nothing.
 */
import type { Outline } from "./outline.ts";

export const BASES = ["fit", "all", "none"] as const;
export type Base = (typeof BASES)[number];

export interface Expansion {
  readonly base: Base;
  /** Paths of groups that are not as the rule says. */
  readonly toggled: ReadonlySet<string>;
}

/** Boxes that are read at a glance. */
const GLANCE = 48;

export function openGroups(outline: Outline, { base, toggled }: Expansion): Uint8Array {
  const depth = base === "all" ? Number.POSITIVE_INFINITY : base === "none" ? 0 : depthFor(outline);
  return Uint8Array.from(outline.groups, (group) =>
    group.depth < depth !== toggled.has(group.path) ? 1 : 0,
  );
}

/** Levels that can be opened with at most `GLANCE` boxes to see. */
function depthFor({ groups, groupOf, kinds }: Outline): number {
  const own = new Map<number, number>();
  for (let i = 0; i < kinds.length; i++) own.set(groupOf[i]!, (own.get(groupOf[i]!) ?? 0) + 1);
  let depth = 0;
  let boxes = (own.get(-1) ?? 0) + groups.filter((group) => group.depth === 0).length;
  for (;;) {
    const level = groups.flatMap((group, g) => (group.depth === depth ? [g] : []));
    if (level.length === 0) return depth;
    for (const g of level) boxes += (own.get(g) ?? 0) - 1;
    boxes += groups.filter((group) => group.depth === depth + 1).length;
    if (boxes > GLANCE) return depth;
    depth++;
  }
}

/** Opens or closes one group. */
export function toggle({ base, toggled }: Expansion, path: string): Expansion {
  const next = new Set(toggled);
  if (!next.delete(path)) next.add(path);
  return { base, toggled: next };
}

/** Opens every group around an item. */
export function revealing(outline: Outline, expansion: Expansion, item: number): Expansion {
  const open = openGroups(outline, expansion);
  let out = expansion;
  for (let g = outline.groupOf[item]!; g >= 0; g = outline.groups[g]!.parent)
    if (!open[g]) out = toggle(out, outline.groups[g]!.path);
  return out;
}

/** Longer lists are not written to the address. */
const MAX_TEXT = 1500;

export function expansionText({ base, toggled }: Expansion): string | undefined {
  if (base === "fit" && toggled.size === 0) return undefined;
  const text = [base, ...[...toggled].map(encodeURIComponent)].join(",");
  return text.length > MAX_TEXT ? base : text;
}

export function parseExpansion(text: string | undefined): Expansion {
  const [base = "fit", ...paths] = (text ?? "").split(",");
  const known = BASES.find((b) => b === base) ?? "fit";
  return {
    base: known,
    toggled: new Set(
      paths.flatMap((path) => {
        try {
          return [decodeURIComponent(path)];
        } catch {
          return [];
        }
      }),
    ),
  };
}
