/** Named tensors side by side in one flat vector. */

import { int } from "../../graph/attribute.ts";
import { elementCount } from "../../graph/tensor.ts";
import type { Graph, Tensor } from "../../graph/types.ts";
import type { Formula } from "./formula.ts";
import type { Slot } from "./types.ts";

export function layOut(graph: Graph, names: readonly string[]): readonly Slot[] {
  let offset = 0;
  return names.map((name) => {
    const { dims } = graph.initializers.get(name)!;
    const slot = { name, dims, offset, size: elementCount(dims) };
    offset += slot.size;
    return slot;
  });
}

export function total(slots: readonly Slot[]): number {
  const last = slots.at(-1);
  return last === undefined ? 0 : last.offset + last.size;
}

/** Adds the nodes that make each slot's tensor, under its own name, from the flat vector. */
export function takeApart(v: Formula, flat: string, slots: readonly Slot[]): void {
  v.scoped(flat);
  const { builder } = v;
  const isFlat = (slot: Slot) => slot.dims.length === 1;
  const parts =
    slots.length === 1
      ? [flat]
      : builder.addMany(
          "Split",
          [flat, v.integers(...slots.map((slot) => slot.size))],
          slots.length,
          { axis: int(0) },
          { outputs: slots.map((s) => (isFlat(s) ? s.name : builder.fresh(`${s.name}/flat`))) },
        );
  slots.forEach((slot, i) => {
    if (slots.length > 1 && isFlat(slot)) return;
    builder.add("Reshape", [parts[i]!, v.integers(...slot.dims)], {}, { outputs: [slot.name] });
  });
}

/** Adds the nodes that lay one value for each slot, of the slot's shape, side by side. */
export function putTogether(v: Formula, values: readonly string[], slots: readonly Slot[]): string {
  const flat = values.map((value, i) =>
    slots[i]!.dims.length === 1 ? value : v.reshape(value, [-1]),
  );
  return flat.length === 1 ? flat[0]! : v.apply("Concat", flat, { axis: int(0) });
}

/** The slot's elements of a flat vector as a tensor; a view. */
export function tensorAt(flat: Float32Array, slot: Slot): Tensor {
  const { offset, size, dims } = slot;
  const part = flat.subarray(offset, offset + size);
  return {
    dtype: "float32",
    dims,
    bytes: new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
  };
}
