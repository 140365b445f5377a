/** Recurrent layers: RNN, GRU, LSTM. */
import type { Dim } from "../graph/types.ts";
import { fail, intAttr, ranked, stringAttr, typed } from "./context.ts";
import type { OpContext, Operator } from "./types.ts";

/** @param gates products of the input and of the state in each step */
function recurrent(name: string, gates: number, states: number): Operator {
  const directions = (ctx: OpContext) =>
    stringAttr(ctx, "direction", "forward") === "bidirectional" ? 2 : 1;
  const hidden = (ctx: OpContext) => {
    const r = ranked(ctx, 2, 3, 3).shape[2]!;
    const size = intAttr(ctx, "hidden_size", typeof r === "number" ? r : 0);
    if (size < 1) throw fail(ctx, "hidden_size is not given");
    return size;
  };
  return {
    name,
    settings: [4],
    infer(ctx) {
      const x = ranked(ctx, 0, 3, 3);
      const batchFirst = intAttr(ctx, "layout", 0) === 1;
      const [a, b] = x.shape as readonly [Dim, Dim, Dim];
      const [sequence, batch] = batchFirst ? [b, a] : [a, b];
      const d = directions(ctx);
      const h = hidden(ctx);
      const all = batchFirst ? [batch, sequence, d, h] : [sequence, d, batch, h];
      const last = batchFirst ? [batch, d, h] : [d, batch, h];
      return [typed(x.dtype, all), ...Array.from({ length: states }, () => typed(x.dtype, last))];
    },
    /** MACs: sequence * batch * directions * gates * hidden * (input + hidden). */
    count(ctx) {
      const [s, b, size] = ctx.inputShapes[0]! as readonly [number, number, number];
      const h = hidden(ctx);
      const steps = s * b * directions(ctx);
      // Biases, and about five operations a gate for its nonlinearity and the state.
      const flops = steps * gates * h * ((ctx.inputs[3] ? 2 : 0) + 5);
      return { macs: steps * gates * h * (size + h), flops };
    },
    work: () => ({ kind: "gap", reason: "the steps of a recurrence are no single kernel" }),
  };
}

export const RNN = recurrent("RNN", 1, 1);
export const GRU = recurrent("GRU", 3, 1);
export const LSTM = recurrent("LSTM", 4, 2);
