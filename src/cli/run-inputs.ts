/** What `tidemark run` feeds: files, JSON, or seeded random numbers. */
import { readFileSync } from "node:fs";
import { UserError } from "../base/errors.ts";
import { type Rng, stream } from "../base/rng.ts";
import { suggest } from "../base/suggest.ts";
import { bindDim, canonicalDim, symbolsOf } from "../graph/dim.ts";
import { elementCount } from "../graph/tensor.ts";
import type { Graph, Value } from "../graph/types.ts";
import { freeDimensions } from "../ops/free-dims.ts";
import { convert } from "../runtime/convert.ts";
import { ARRAYS, arrayOf, type DenseDType } from "../runtime/dtypes.ts";
import type { DenseTensor, Elements } from "../runtime/index.ts";
import { readNpy } from "../runtime/npy.ts";
import { warn } from "./talk.ts";

export interface InputOptions {
  /** `name=FILE` or `name=random`; the name may be left out where there is one input. */
  readonly input: readonly string[];
  readonly batch?: number | undefined;
  /** Sizes of free dimensions. */
  readonly dim: Readonly<Record<string, number>>;
  readonly seed: number;
}

export interface Inputs {
  readonly feeds: Readonly<Record<string, DenseTensor>>;
  /** Files that were read. */
  readonly files: readonly string[];
}

/**
 * Inputs that no option names are random. Files give free dimensions their sizes, then the options
 * do; a batch that nobody gives is 1.
 *
 * @throws UserError for unknown names, unreadable files, and dimensions without a size
 */
export function readInputs(graph: Graph, options: InputOptions): Inputs {
  const sources = sourcesOf(graph, options.input);
  const sizes = new Map<string, number>(Object.entries(options.dim));
  checkDims(graph, options);
  const feeds: Record<string, DenseTensor> = {};
  const files: string[] = [];
  for (const input of graph.inputs) {
    const source = sources.get(input.name) ?? "random";
    if (source === "random") continue;
    files.push(source);
    feeds[input.name] = fromFile(input, source);
    input.shape?.forEach((raw, axis) => {
      const dim = canonicalDim(raw);
      const size = feeds[input.name]!.dims[axis];
      if (
        typeof dim === "string" &&
        size !== undefined &&
        symbolsOf(dim)[0] === dim &&
        !sizes.has(dim)
      )
        sizes.set(dim, size);
    });
  }
  for (const { name, batch } of freeDimensions(graph))
    if (batch && !sizes.has(name)) sizes.set(name, options.batch ?? 1);
  for (const input of graph.inputs)
    feeds[input.name] ??= random(input, sizes, stream(options.seed, `run/${input.name}`));
  return { feeds, files };
}

function sourcesOf(graph: Graph, given: readonly string[]): ReadonlyMap<string, string> {
  const names = graph.inputs.map((input) => input.name);
  const out = new Map<string, string>();
  for (const text of given) {
    const name = names.find((n) => text.startsWith(`${n}=`));
    if (name !== undefined) {
      if (out.has(name))
        throw new UserError(`--input gives ${name} twice`, { hint: "give it once", exitCode: 2 });
      out.set(name, text.slice(name.length + 1));
    } else if (names.length === 1 && given.length === 1 && !/^[^/.\\]+=/.test(text))
      out.set(names[0]!, text);
    else {
      const typed = text.split("=")[0]!;
      const meant = suggest(typed, names);
      throw new UserError(
        `--input ${text}: the network has no input ${typed}; it has ${names.join(", ") || "none"}`,
        {
          hint:
            meant === undefined
              ? "write --input NAME=FILE.npy, NAME=FILE.json or NAME=random"
              : `did you mean ${meant}=…?`,
          exitCode: 2,
        },
      );
    }
  }
  return out;
}

function checkDims(graph: Graph, { dim, batch }: InputOptions): void {
  const free = freeDimensions(graph);
  for (const name of Object.keys(dim))
    if (!free.some((f) => f.name === name))
      throw new UserError(
        `--dim ${name}: ${graph.name} has no free dimension of that name; it has ${free.map((f) => f.name).join(", ") || "none"}`,
        { hint: "give a number to a free dimension", exitCode: 2 },
      );
  const fixed = graph.inputs.find((input) => typeof input.shape?.[0] === "number")?.shape?.[0];
  if (batch !== undefined && !free.some((f) => f.batch) && fixed !== batch)
    throw new UserError(
      fixed === undefined
        ? `--batch ${batch}: no input of ${graph.name} has a batch axis`
        : `--batch ${batch}: ${graph.name} fixes its batch to ${fixed}`,
      { hint: "leave --batch out, or export the network with a free batch dimension", exitCode: 2 },
    );
}

function fromFile(input: Value, path: string): DenseTensor {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new UserError(
      `--input ${input.name}: ${path} cannot be read: ${(cause as Error).message}`,
      {
        hint: "give a .npy file, a .json file, or the word random",
        exitCode: 2,
        cause,
      },
    );
  }
  arrayOf(input.dtype, `input ${input.name}`);
  const dtype = input.dtype as DenseDType;
  const given = /\.json$/i.test(path) ? fromJson(bytes, path) : readNpy(bytes, path);
  const { tensor, rounded } = convert(given, dtype, path);
  if (rounded) warn(`${path}: ${given.dtype} numbers were rounded to ${dtype}`);
  return tensor;
}

/** Nested arrays of numbers. */
function fromJson(bytes: Uint8Array, path: string): DenseTensor {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    throw new UserError(`${path}: no valid JSON: ${(cause as Error).message}`, {
      hint: "give nested arrays of numbers",
      cause,
    });
  }
  const dims: number[] = [];
  for (let at = value; Array.isArray(at); at = at[0]) dims.push(at.length);
  const numbers: number[] = [];
  const gather = (part: unknown, axis: number, where: string) => {
    if (axis === dims.length && (typeof part === "number" || typeof part === "boolean"))
      numbers.push(Number(part));
    else if (Array.isArray(part) && part.length === dims[axis])
      for (const [i, inner] of part.entries()) gather(inner, axis + 1, `${where}[${i}]`);
    else
      throw new UserError(
        `${path}${where}: expected ${axis === dims.length ? "a number" : `an array of ${dims[axis]}`}, found ${Array.isArray(part) ? `an array of ${part.length}` : JSON.stringify(part)}`,
        { hint: "give nested arrays of numbers, each level of one length" },
      );
  };
  gather(value, 0, "");
  return { dtype: "float64", dims, data: Float64Array.from(numbers) };
}

/** Normal numbers; 0 and 1 for whole numbers, which every index and mask can be. */
function random(input: Value, sizes: ReadonlyMap<string, number>, rng: Rng): DenseTensor {
  arrayOf(input.dtype, `input ${input.name}`);
  const dtype = input.dtype as DenseDType;
  if (input.shape === undefined)
    throw new UserError(`input ${input.name}: its shape is not known`, {
      hint: `give --input ${input.name}=FILE.npy`,
      exitCode: 2,
    });
  const dims = input.shape.map((raw) => {
    const dim = canonicalDim(raw);
    if (typeof dim === "number") return dim;
    const missing = symbolsOf(dim).find((s) => !sizes.has(s));
    if (missing !== undefined)
      throw new UserError(`input ${input.name}: its dimension ${missing} has no size`, {
        hint: `give --dim ${missing}=SIZE`,
        exitCode: 2,
      });
    return bindDim(dim, Object.fromEntries(sizes)) as number;
  });
  const data = new ARRAYS[dtype](elementCount(dims)) as Elements;
  for (let i = 0; i < data.length; i++)
    if (dtype === "float16") data[i] = rng.chance(0.5) ? 0x3c00 : 0xbc00;
    else if (data instanceof BigInt64Array || data instanceof BigUint64Array)
      data[i] = BigInt(rng.int(2));
    else data[i] = dtype.startsWith("float") ? rng.normal() : rng.int(2);
  return { dtype, dims, data };
}
