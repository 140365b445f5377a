/** Operators that pass their input on in inference. */
import { input, same, typed } from "./context.ts";
import { view } from "./view.ts";

export const Identity = view("Identity", (ctx) => same(input(ctx, 0)));

/** In inference the identity; the mask, where asked for, is all true. */
export const Dropout = view(
  "Dropout",
  (ctx) => {
    const x = input(ctx, 0);
    return [x, typed("bool", x.shape)];
  },
  [1, 2],
);
