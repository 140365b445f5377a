/** Attention and rotary position embedding (opset 23). */
import { addDims, floorDiv, mulDims, neverEqual } from "../graph/dim.ts";
import type { Dim, Shape } from "../graph/types.ts";
import {
  fail,
  input,
  intAttr,
  optionalInput,
  ranked,
  same,
  shapeText,
  sizeOf,
  typed,
} from "./context.ts";
import type { CountContext, OpContext, Operator } from "./types.ts";

interface Heads {
  readonly batch: Dim;
  readonly heads: Dim;
  readonly kvHeads: Dim;
  readonly queries: Dim;
  /** Keys, those of the cache included. */
  readonly keys: Dim;
  /** Length of a key, and of a value. */
  readonly keySize: Dim;
  readonly valueSize: Dim;
}

/** Q, K, V are [batch, heads, sequence, size], or [batch, sequence, heads * size]. */
function heads(ctx: OpContext): Heads {
  const q = ranked(ctx, 0, 3, 4).shape;
  const rank = q.length;
  const k = ranked(ctx, 1, rank, rank).shape;
  const v = ranked(ctx, 2, rank, rank).shape;
  const past = optionalInput(ctx, 4)?.shape;
  const [sequence, size] = [rank - 2, rank - 1];
  const heads = rank === 4 ? q[1]! : intAttr(ctx, "q_num_heads", 0);
  const kvHeads = rank === 4 ? k[1]! : intAttr(ctx, "kv_num_heads", 0);
  if (heads === 0 || kvHeads === 0)
    throw fail(ctx, "q_num_heads and kv_num_heads must be given for inputs of rank 3");
  const width = (s: Shape, h: Dim) => (rank === 4 ? s[size]! : floorDiv(s[size]!, h));
  const keySize = width(q, heads);
  if (neverEqual(keySize, width(k, kvHeads)))
    throw fail(
      ctx,
      `queries ${shapeText(q)} and keys ${shapeText(k)}: head sizes ${keySize} and ${width(k, kvHeads)} differ`,
    );
  if (neverEqual(k[sequence]!, v[sequence]!))
    throw fail(ctx, `keys ${shapeText(k)} and values ${shapeText(v)} differ in length`);
  return {
    batch: q[0]!,
    heads,
    kvHeads,
    queries: q[sequence]!,
    keys: past ? addDims(past[2]!, k[sequence]!) : k[sequence]!,
    keySize,
    valueSize: width(v, kvHeads),
  };
}

function sizes(ctx: CountContext) {
  return heads(ctx) as { readonly [key in keyof Heads]: number };
}

export const Attention: Operator = {
  name: "Attention",
  infer(ctx) {
    const h = heads(ctx);
    const { dtype, shape } = input(ctx, 0);
    const value = input(ctx, 2).dtype;
    const out =
      shape.length === 4
        ? [h.batch, h.heads, h.queries, h.valueSize]
        : [h.batch, h.queries, mulDims(h.heads, h.valueSize)];
    return [
      typed(dtype, out),
      typed(dtype, [h.batch, h.kvHeads, h.keys, h.keySize]),
      typed(value, [h.batch, h.kvHeads, h.keys, h.valueSize]),
      typed(dtype, [h.batch, h.heads, h.queries, h.keys]),
    ];
  },
  /**
   * MACs: batch * heads * queries * keys * (key size + value size). Softmax 5 FLOPs a score, the
   * scale 1, the mask 1. A causal mask saves nothing here, as it saves nothing in a dense kernel.
   */
  count(ctx) {
    const h = sizes(ctx);
    const scores = h.batch * h.heads * h.queries * h.keys;
    const mask = ctx.inputs[3] || intAttr(ctx, "is_causal", 0) ? 1 : 0;
    return { macs: scores * (h.keySize + h.valueSize), flops: scores * (6 + mask) };
  },
  /** Both products as one, of inner size key + value: the same MACs, and scores that stay on chip. */
  work(ctx) {
    const h = sizes(ctx);
    return {
      kind: "matmul",
      batch: h.batch * h.heads,
      m: h.queries,
      n: h.keys,
      k: h.keySize + h.valueSize,
      weightB: false,
      bias: false,
    };
  },
};

/** Pairs of channels turned by an angle that depends on the position: 3 operations an element. */
export const RotaryEmbedding: Operator = {
  name: "RotaryEmbedding",
  settings: [1, 2, 3],
  infer: (ctx) => same(ranked(ctx, 0, 3, 4)),
  count: (ctx) => ({ macs: 0, flops: 3 * sizeOf(ctx.outputShapes[0]!) }),
  work: (ctx) => ({
    kind: "pointwise",
    elements: sizeOf(ctx.outputShapes[0]!),
    flopsPerElement: 3,
  }),
};
