/** Checks what is fed to a graph against the types of its inputs. */
import { UserError } from "../base/errors.ts";
import { suggest } from "../base/suggest.ts";
import { bindDim, canonicalDim, symbolsOf } from "../graph/dim.ts";
import { elementCount } from "../graph/tensor.ts";
import type { Dim, Shape, Value } from "../graph/types.ts";
import { arrayOf, tensorText } from "./dtypes.ts";
import type { DenseTensor } from "./types.ts";

/** Axes of an input that are a free dimension by itself bind it; expressions are compared with it. */
interface Bound {
  readonly size: number;
  readonly where: string;
}

/**
 * @param graphName for messages
 * @throws UserError where a feed is missing, unknown, or of another type or shape, or where two
 *   inputs give one free dimension two sizes
 */
export function checkFeeds(
  graphName: string,
  inputs: readonly Value[],
  feeds: Readonly<Record<string, DenseTensor>>,
): void {
  for (const name of Object.keys(feeds))
    if (!inputs.some((input) => input.name === name)) throw unknownFeed(graphName, inputs, name);
  const bound = new Map<string, Bound>();
  for (const input of inputs) {
    const feed = Object.hasOwn(feeds, input.name) ? feeds[input.name] : undefined;
    if (feed === undefined)
      throw new UserError(`${graphName}: input ${input.name} is not fed`, {
        hint: `give a tensor of ${valueText(input)}`,
      });
    checkTensor(`input ${input.name}`, feed);
    if (input.otherType === undefined) checkType(graphName, input, feed, bound);
  }
  for (const input of inputs)
    if (input.shape !== undefined && input.otherType === undefined)
      checkExpressions(graphName, input, input.shape, feeds[input.name]!, bound);
}

/** @throws UserError where array type or length are not those of dtype and dimensions */
export function checkTensor(what: string, tensor: DenseTensor): void {
  const { dtype, dims, data } = tensor;
  const array = arrayOf(dtype, what);
  const odd = dims.find((d) => !Number.isSafeInteger(d) || d < 0);
  if (odd !== undefined)
    throw new UserError(`${what}: ${odd} is no dimension (${tensorText(tensor)})`, {
      hint: "dimensions are whole numbers from 0",
    });
  if (!(data instanceof array))
    throw new UserError(
      `${what}: elements of ${dtype} come in a ${array.name}, not in ${data?.constructor?.name ?? typeof data}`,
      { hint: `make the data a ${array.name}` },
    );
  const count = elementCount(dims);
  if (data.length !== count)
    throw new UserError(
      `${what}: ${tensorText(tensor)} has ${count} elements, but ${data.length} are given`,
      { hint: "check the dimensions against the data" },
    );
}

function checkType(
  graphName: string,
  input: Value,
  feed: DenseTensor,
  bound: Map<string, Bound>,
): void {
  const wrong = (detail: string) =>
    new UserError(
      `${graphName}: input ${input.name} is ${valueText(input)}, but ${tensorText(feed)} is fed: ${detail}`,
      {
        hint: "feed a tensor of the input's type and shape, or change the graph's input",
        exitCode: 2,
      },
    );
  if (feed.dtype !== input.dtype) throw wrong(`the element type differs`);
  if (input.shape === undefined) return;
  if (feed.dims.length !== input.shape.length)
    throw wrong(`rank ${feed.dims.length}, not ${input.shape.length}`);
  input.shape.forEach((raw, axis) => {
    const dim = canonicalDim(raw);
    const size = feed.dims[axis]!;
    if (typeof dim === "number") {
      if (dim !== size) throw wrong(`axis ${axis} has ${size}, not ${dim}`);
      return;
    }
    if (!isSymbol(dim)) return;
    const before = bound.get(dim);
    if (before === undefined) bound.set(dim, { size, where: `axis ${axis} of ${input.name}` });
    else if (before.size !== size)
      throw wrong(`axis ${axis} (${dim}) has ${size}, but ${before.where} has ${before.size}`);
  });
}

/** Dimensions such as `2*batch`, where the inputs bind what they are made of. */
function checkExpressions(
  graphName: string,
  input: Value,
  shape: Shape,
  feed: DenseTensor,
  bound: ReadonlyMap<string, Bound>,
): void {
  shape.forEach((raw, axis) => {
    const dim = canonicalDim(raw);
    if (typeof dim === "number" || isSymbol(dim)) return;
    const symbols = symbolsOf(dim);
    if (!symbols.every((s) => bound.has(s))) return;
    const want = bindDim(dim, Object.fromEntries(symbols.map((s) => [s, bound.get(s)!.size])));
    if (want !== feed.dims[axis])
      throw new UserError(
        `${graphName}: input ${input.name} is ${valueText(input)}, but ${tensorText(feed)} is fed: axis ${axis} has ${feed.dims[axis]}, not ${dim} = ${want}`,
        { hint: "feed inputs whose sizes agree", exitCode: 2 },
      );
  });
}

function isSymbol(dim: Dim): boolean {
  const symbols = symbolsOf(dim);
  return symbols.length === 1 && symbols[0] === dim;
}

function unknownFeed(graphName: string, inputs: readonly Value[], name: string): UserError {
  const names = inputs.map((input) => input.name);
  const meant = suggest(name, names);
  return new UserError(
    `${graphName}: there is no input ${name}; the inputs are ${names.join(", ") || "none"}`,
    {
      hint: meant === undefined ? "feed the graph's inputs only" : `did you mean ${meant}?`,
      exitCode: 2,
    },
  );
}

export function valueText({ dtype, shape }: Value): string {
  return shape === undefined ? `${dtype}, of any shape` : `${dtype} [${shape.join(", ")}]`;
}
