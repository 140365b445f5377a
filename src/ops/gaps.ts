/** Gathers gaps of one operator and reason into one entry. */
import type { Gap } from "./types.ts";

export class GapList {
  readonly #gaps = new Map<string, { op: string; reason: string; nodes: string[] }>();

  add(op: string, node: string, reason: string): void {
    const key = `${op}\n${reason}`;
    const gap = this.#gaps.get(key);
    if (gap) gap.nodes.push(node);
    else this.#gaps.set(key, { op, reason, nodes: [node] });
  }

  list(): readonly Gap[] {
    return [...this.#gaps.values()].map((g) => ({ ...g, count: g.nodes.length }));
  }
}
