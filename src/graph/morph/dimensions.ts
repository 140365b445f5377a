/** Dimensions under construction: a union-find with sizes, multiples and reasons to stay. */
import { invariant } from "../../base/errors.ts";
import type { Dimension, Layout, Segment, Slot } from "./ties.ts";

interface Entry {
  parent: number;
  readonly channels: number;
  multiple: number;
  layers: readonly string[];
  fixed: string | undefined;
}

export class Dimensions {
  readonly #entries: Entry[] = [];
  #ids: ReadonlyMap<number, number> | undefined;

  make(channels: number, layer: string): number {
    return this.#add({ channels, layers: [layer], fixed: undefined });
  }

  makeFixed(channels: number, reason: string): number {
    return this.#add({ channels, layers: [], fixed: reason });
  }

  channels(dim: number): number {
    return this.#root(dim).channels;
  }

  fix(dim: number, reason: string): void {
    this.#root(dim).fixed ??= reason;
  }

  blocks(dim: number, groups: number): void {
    const entry = this.#root(dim);
    entry.multiple = lcm(entry.multiple, groups);
    if (entry.channels % entry.multiple !== 0)
      entry.fixed ??= `${entry.channels} channels, not a multiple of the ${entry.multiple} that its groups need`;
  }

  join(a: readonly Segment[], b: readonly Segment[]): void {
    const same =
      a.length === b.length &&
      a.every((s, i) => {
        const t = b[i]!;
        return s.repeat === t.repeat && this.channels(s.dim) === this.channels(t.dim);
      });
    if (same) {
      a.forEach((s, i) => {
        this.#union(s.dim, b[i]!.dim);
      });
      return;
    }
    for (const { dim } of [...a, ...b])
      this.fix(dim, "added to channels that are grouped otherwise");
  }

  /** Dimensions that stand for themselves, numbered from 0 in order of their first layer. */
  list(): readonly Dimension[] {
    const ids = new Map<number, number>();
    const out: Dimension[] = [];
    for (let i = 0; i < this.#entries.length; i++) {
      const root = this.#find(i);
      if (ids.has(root)) continue;
      ids.set(root, out.length);
      const { channels, multiple, layers, fixed } = this.#entries[root]!;
      out.push({ id: out.length, channels, multiple, layers, fixed });
    }
    this.#ids = ids;
    return out;
  }

  settled(layout: Layout): Layout {
    return { axis: layout.axis, segments: this.#segments(layout.segments) };
  }

  settledSlot(slot: Slot): Slot {
    return slot.kind === "grouped"
      ? { ...slot, inDim: this.#id(slot.inDim), outDim: this.#id(slot.outDim) }
      : { ...slot, segments: this.#segments(slot.segments) };
  }

  #segments(segments: readonly Segment[]): readonly Segment[] {
    return segments.map(({ dim, repeat }) => ({ dim: this.#id(dim), repeat }));
  }

  #id(dim: number): number {
    const id = this.#ids?.get(this.#find(dim));
    invariant(id !== undefined, "dimensions are listed before layouts are settled");
    return id;
  }

  #add(entry: Pick<Entry, "channels" | "layers" | "fixed">): number {
    const index = this.#entries.length;
    this.#entries.push({ ...entry, parent: index, multiple: 1 });
    return index;
  }

  #find(dim: number): number {
    let i = dim;
    while (this.#entries[i]!.parent !== i) i = this.#entries[i]!.parent;
    return i;
  }

  #root(dim: number): Entry {
    return this.#entries[this.#find(dim)]!;
  }

  #union(a: number, b: number): void {
    const [first, second] = [this.#find(a), this.#find(b)].sort((x, y) => x - y) as [
      number,
      number,
    ];
    if (first === second) return;
    const one = this.#entries[first]!;
    const other = this.#entries[second]!;
    other.parent = first;
    one.layers = [...one.layers, ...other.layers];
    one.fixed ??= other.fixed;
    this.blocks(first, other.multiple);
  }
}

function lcm(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
