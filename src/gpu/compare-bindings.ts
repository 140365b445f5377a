/**
 * Sizes of two networks' free dimensions for a comparison: what the user gives, else what the other
 * network fixes in the same place, so that both take inputs of one shape.
 */
import { UserError } from "../base/errors.ts";
import { canonicalDim } from "../graph/dim.ts";
import type { Graph } from "../graph/types.ts";
import { freeDimensions } from "../ops/free-dims.ts";

type Bind = Readonly<Record<string, number>>;

export interface Bindings {
  /** Of each network. */
  readonly bind: readonly [Bind, Bind];
  /** The part of it that was taken from the other network. */
  readonly taken: readonly [Bind, Bind];
}

/**
 * Inputs are matched by name, else by place, if they have as many axes.
 *
 * @param given sizes by name, for whichever network has the dimension
 * @param batchGiven the batch is given apart: it is not taken from the other network
 * @throws UserError for a given name that neither network has, and where two inputs of the other
 * network contradict one another
 */
export function compareBindings(a: Graph, b: Graph, given: Bind, batchGiven: boolean): Bindings {
  const names = [a, b].map((graph) => freeDimensions(graph).map((f) => f.name));
  for (const name of Object.keys(given))
    if (!names.some((of) => of.includes(name)))
      throw new UserError(`neither network has a free dimension ${name}`, {
        hint: `A has ${names[0]!.join(", ") || "none"}; B has ${names[1]!.join(", ") || "none"}`,
        exitCode: 2,
      });
  const own = (at: 0 | 1): Bind =>
    Object.fromEntries(Object.entries(given).filter(([name]) => names[at]!.includes(name)));
  const taken = [takenFrom(a, b, own(0), batchGiven), takenFrom(b, a, own(1), batchGiven)] as const;
  return {
    bind: [
      { ...own(0), ...taken[0] },
      { ...own(1), ...taken[1] },
    ],
    taken,
  };
}

function takenFrom(graph: Graph, other: Graph, given: Bind, batchGiven: boolean): Bind {
  const free = new Map(freeDimensions(graph).map((f) => [f.name, f]));
  const sizes: Record<string, number> = {};
  graph.inputs.forEach((input, place) => {
    const match = other.inputs.find((o) => o.name === input.name) ?? other.inputs[place];
    if (match?.shape === undefined || match.shape.length !== input.shape?.length) return;
    input.shape.forEach((raw, axis) => {
      const name = canonicalDim(raw);
      const size = match.shape![axis];
      if (typeof name !== "string" || typeof size !== "number" || !free.has(name)) return;
      if (Object.hasOwn(given, name) || (batchGiven && free.get(name)!.batch)) return;
      if (Object.hasOwn(sizes, name) && sizes[name] !== size)
        throw new UserError(
          `${graph.name}: dimension ${name} would be ${sizes[name]} and ${size} by the inputs of ${other.name}`,
          { hint: `give one with --dim ${name}=SIZE`, exitCode: 2 },
        );
      sizes[name] = size;
    });
  });
  return sizes;
}
