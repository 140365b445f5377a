/** Pools against central differences. */
import fc from "fast-check";
import { describe, it } from "vitest";
import { int, ints, string } from "../../../src/graph/attribute.ts";
import type { Attribute } from "../../../src/graph/types.ts";
import { grid, spaced } from "../../support/finite-differences.ts";
import { checkAll, checkNode, each, type OneNode, seeds, whole } from "../../support/one-node.ts";

const linear = { step: 0.5, tolerance: 1e-5 } as const;
/** Elements are 1/4 apart: no two change order. */
const ordered = { step: 1 / 16, tolerance: 1e-6 } as const;

function pools(
  op: string,
  rank: number,
  own: (n: number) => Record<string, Attribute> = () => ({}),
) {
  return (
    fc
      .record({
        batch: whole(1, 2),
        channels: whole(1, 2),
        kernel: each(rank, 1, 3),
        stride: each(rank, 1, 3),
        dilation: each(rank, 1, op === "MaxPool" ? 2 : 1),
        extra: each(rank, 0, 4),
        pads: each(2 * rank, 0, 2),
        ceil: whole(0, 1),
        autoPad: fc.constantFrom("NOTSET", "NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"),
        batched: fc.boolean(),
        seed: seeds,
      })
      // ONNX Runtime has no negative padding, which a stride above the kernel would ask for.
      .filter((c) => !c.autoPad.startsWith("SAME") || c.kernel.every((k, i) => c.stride[i]! <= k))
      .filter((c) => c.autoPad !== "NOTSET" || c.ceil === 0 || inferred(c))
      .map((c): OneNode => {
        const same = c.autoPad.startsWith("SAME");
        const dilation = c.dilation.map((d) => (same ? 1 : d));
        const dims = [
          c.batch,
          c.channels,
          ...c.kernel.map((k, i) => (k - 1) * dilation[i]! + 1 + c.extra[i]!),
        ];
        return {
          op,
          attributes: {
            kernel_shape: ints(...c.kernel),
            strides: ints(...c.stride),
            ...(op === "MaxPool" ? { dilations: ints(...dilation) } : {}),
            ...(op === "LpPool" || c.autoPad !== "NOTSET" ? {} : { ceil_mode: int(c.ceil) }),
            // A window may not lie in the padding alone.
            ...(c.autoPad === "NOTSET"
              ? { pads: ints(...c.pads.map((p, i) => Math.min(p, c.kernel[i % rank]! - 1))) }
              : { auto_pad: string(c.autoPad) }),
            ...own(c.seed),
          },
          inputs: [op === "MaxPool" ? spaced(c.seed, dims, 0.25) : grid(c.seed, dims, 0.5, 2)],
          ...(c.batched ? { batched: [0] } : {}),
          ...(op === "AveragePool" ? linear : ordered),
          ...(op === "LpPool" ? { step: 1 / 64, tolerance: 2e-3 } : {}),
        };
      })
  );
}

/**
 * Whether ONNX Runtime infers the shape that its kernel gives: it counts a last window that starts
 * in the padding at the end, which the kernel leaves out.
 */
function inferred(c: {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly extra: readonly number[];
  readonly pads: readonly number[];
}): boolean {
  const rank = c.kernel.length;
  return c.kernel.every((k, i) => {
    const begin = Math.min(c.pads[i]!, k - 1);
    const end = Math.min(c.pads[i + rank]!, k - 1);
    const room = c.extra[i]! + begin + end;
    const reach = (k - 1) * c.dilation[i]! + 1;
    return Math.ceil(room / c.stride[i]!) * c.stride[i]! < reach + c.extra[i]! + begin;
  });
}

describe("pools", () => {
  it.each([1, 2, 3])("MaxPool of rank %d", async (rank) => {
    await checkAll(pools("MaxPool", rank), rank === 2 ? 10 : 4);
  });

  it("MaxPool with column-major indices", async () => {
    const column = pools("MaxPool", 2, () => ({ storage_order: int(1) }));
    await checkAll(
      column.map((o) => ({ ...o, outputs: 2 })),
      4,
    );
  });

  it.each([1, 2, 3])("AveragePool of rank %d", async (rank) => {
    const counted = pools("AveragePool", rank, (n) => ({ count_include_pad: int(n % 2) }));
    await checkAll(counted, rank === 2 ? 10 : 4);
  });

  it("pools whose windows tile the input", async () => {
    const attributes = { kernel_shape: ints(2, 3), strides: ints(2, 3) };
    const x = spaced(5, [2, 3, 4, 6], 0.25);
    for (const batched of [[], [0]]) {
      await checkNode({ op: "AveragePool", attributes, inputs: [x], batched, ...linear });
      await checkNode({ op: "MaxPool", attributes, inputs: [x], batched, ...ordered });
    }
  });

  it("dilated AveragePool and LpPool, and LpPool of a size rounded up", async () => {
    const window = { kernel_shape: ints(2, 3), dilations: ints(2, 2), strides: ints(1, 2) };
    const x = grid(1, [1, 2, 6, 9], 0.5, 2);
    for (const counted of [0, 1]) {
      const attributes = { ...window, pads: ints(1, 1, 0, 2), count_include_pad: int(counted) };
      await checkNode({ op: "AveragePool", attributes, inputs: [x], ...linear });
    }
    const attributes = { ...window, strides: ints(2, 2), ceil_mode: int(1) };
    await checkNode({ op: "LpPool", attributes, inputs: [x], step: 1 / 64, tolerance: 2e-3 });
  });

  it("LpPool of orders 1, 2 and 3", async () => {
    await checkAll(
      pools("LpPool", 2, (n) => ({ p: int(1 + (n % 3)) })),
      8,
    );
  });

  it.each([3, 4, 5])("pools over all of space, rank %d", async (rank) => {
    const dims = [2, 3, 3, 2, 2].slice(0, rank);
    for (const batched of [[], [0]]) {
      const x = grid(rank, dims, 0.5, 2);
      await checkNode({ op: "GlobalAveragePool", inputs: [x], batched, ...linear });
      await checkNode({
        op: "GlobalMaxPool",
        inputs: [spaced(rank, dims, 0.25)],
        batched,
        ...ordered,
      });
      for (const p of [1, 2, 3])
        await checkNode({
          op: "GlobalLpPool",
          attributes: { p: int(p) },
          inputs: [x],
          batched,
          step: 1 / 64,
          tolerance: 2e-3,
        });
    }
  });

  it("averages over a free size in space", async () => {
    const x = grid(1, [2, 2, 5, 6], 0.5, 2);
    await checkNode({ op: "GlobalAveragePool", inputs: [x], spatial: [0], ...linear });
    const attributes = { kernel_shape: ints(2, 3), strides: ints(2, 1) };
    await checkNode({ op: "AveragePool", attributes, inputs: [x], spatial: [0], ...linear });
    await checkNode({
      op: "MaxPool",
      attributes,
      inputs: [spaced(1, [2, 2, 5, 6], 0.25)],
      spatial: [0],
      ...ordered,
    });
  });
});
