/** OneHot, Trilu, ReverseSequence, NonMaxSuppression: shapes that follow from simple rules. */
import { axisIn, input, intAttr, ranked, same, typed } from "./context.ts";
import { copyWork } from "./movement.ts";
import type { Operator } from "./types.ts";

/** `depth` becomes a new axis. */
export const OneHot: Operator = {
  name: "OneHot",
  settings: [1, 2],
  infer(ctx) {
    const indices = input(ctx, 0).shape;
    const depth = ctx.elements(1)?.elements[0] ?? ctx.fresh("depth");
    const axis = axisIn(ctx, intAttr(ctx, "axis", -1), indices.length + 1);
    return [typed(input(ctx, 2).dtype, indices.toSpliced(axis, 0, depth))];
  },
  work: (ctx) => copyWork(ctx, true),
};

/** The upper or lower triangle, the rest 0. */
export const Trilu: Operator = {
  name: "Trilu",
  settings: [1],
  infer: (ctx) => same(ranked(ctx, 0, 2)),
  work: (ctx) => copyWork(ctx),
};

export const ReverseSequence: Operator = {
  name: "ReverseSequence",
  settings: [1],
  infer: (ctx) => same(ranked(ctx, 0, 2)),
  work: (ctx) => copyWork(ctx, true),
};

/** [chosen, 3]: how many boxes survive, only the data tells. */
export const NonMaxSuppression: Operator = {
  name: "NonMaxSuppression",
  settings: [2, 3, 4],
  infer: (ctx) => [typed("int64", [ctx.fresh("count"), 3])],
  work: () => ({ kind: "gap", reason: "the work depends on how many boxes overlap" }),
};
