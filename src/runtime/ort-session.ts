/** A session on ONNX Runtime's JavaScript interface, which Node's and the browser's builds share. */
import type * as Ort from "onnxruntime-node";
import { UserError } from "../base/errors.ts";
import { suggest } from "../base/suggest.ts";
import type { Graph, Value } from "../graph/types.ts";
import { ARRAYS, arrayOf, type DenseDType, isDense } from "./dtypes.ts";
import { checkFeeds } from "./feeds.ts";
import { openError, runError } from "./refusals.ts";
import { serializeGraph } from "./serialized.ts";
import { Turns } from "./turns.ts";
import type { DenseTensor, Elements, RunOptions, Session } from "./types.ts";

export type OrtModule = Pick<typeof Ort, "InferenceSession" | "Tensor">;

/** @throws UserError where ONNX Runtime refuses the graph */
export async function openOrtSession(
  ort: OrtModule,
  engine: string,
  graph: Graph,
  options: Ort.InferenceSession.SessionOptions,
): Promise<Session> {
  for (const { name, dtype, otherType } of [...graph.inputs, ...graph.outputs])
    if (otherType === undefined) arrayOf(dtype, `${graph.name}: ${name}`);
    else
      throw new UserError(`${graph.name}: ${name} is no tensor, but a sequence, map or optional`, {
        hint: "only tensors can be passed in or out: take tensors out of it inside the graph",
      });
  const { model, weights } = serializeGraph(graph);
  try {
    const inner = await ort.InferenceSession.create(model, {
      ...options,
      ...(weights.length === 0 ? {} : { externalData: weights }),
    });
    return new OrtSession(ort, inner, engine, graph);
  } catch (error) {
    throw openError(error, graph, engine);
  }
}

class OrtSession implements Session {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly #ort: OrtModule;
  readonly #engine: string;
  readonly #graphName: string;
  #inner: Ort.InferenceSession | undefined;
  readonly #turns = new Turns();

  constructor(ort: OrtModule, inner: Ort.InferenceSession, engine: string, graph: Graph) {
    this.inputs = graph.inputs;
    this.outputs = graph.outputs;
    this.#ort = ort;
    this.#inner = inner;
    this.#engine = engine;
    this.#graphName = graph.name;
  }

  run(
    feeds: Readonly<Record<string, DenseTensor>>,
    options: RunOptions = {},
  ): Promise<Record<string, DenseTensor>> {
    return this.#turns.next(() => this.#run(feeds, options));
  }

  release(): Promise<void> {
    return this.#turns.next(async () => {
      const inner = this.#inner;
      this.#inner = undefined;
      await inner?.release();
    });
  }

  async #run(
    feeds: Readonly<Record<string, DenseTensor>>,
    { outputs }: RunOptions,
  ): Promise<Record<string, DenseTensor>> {
    if (this.#inner === undefined) throw new Error(`${this.#graphName}: the session is released`);
    checkFeeds(this.#graphName, this.inputs, feeds);
    for (const name of outputs ?? []) this.#checkOutput(name);
    const tensors: Record<string, Ort.Tensor> = Object.create(null);
    for (const { name } of this.inputs) tensors[name] = this.#toOrt(feeds[name]!);
    let results: Ort.InferenceSession.ReturnType;
    try {
      results =
        outputs === undefined
          ? await this.#inner.run(tensors)
          : await this.#inner.run(tensors, outputs);
    } catch (error) {
      throw runError(error, this.#graphName, this.#engine);
    }
    const out: Record<string, DenseTensor> = {};
    for (const { name } of this.outputs)
      if (results[name] !== undefined) out[name] = fromOrt(results[name] as Ort.Tensor);
    return out;
  }

  #toOrt({ dtype, dims, data }: DenseTensor): Ort.Tensor {
    // `checkFeeds` has made sure that the array is the one of the dtype.
    return new this.#ort.Tensor(dtype as "float32", data as Float32Array, dims);
  }

  #checkOutput(name: string): void {
    const names = this.outputs.map((output) => output.name);
    if (names.includes(name)) return;
    const meant = suggest(name, names);
    throw new UserError(
      `${this.#graphName}: there is no output ${name}; the outputs are ${names.join(", ")}`,
      { hint: meant === undefined ? "ask for the graph's outputs only" : `did you mean ${meant}?` },
    );
  }
}

function fromOrt(tensor: Ort.Tensor): DenseTensor {
  const dtype = tensor.type as DenseDType;
  if (!isDense(dtype))
    throw new UserError(`an output has element type ${tensor.type}, which cannot be passed out`, {
      hint: "put a Cast before the output",
    });
  const data = tensor.data as Elements;
  const ElementArray = ARRAYS[dtype];
  return {
    dtype,
    dims: tensor.dims,
    // Newer versions of Node have a Float16Array; here float16 stays as bits.
    data:
      data instanceof ElementArray
        ? data
        : new ElementArray(data.buffer as ArrayBuffer, data.byteOffset, data.length),
  };
}
