/**
 * Running a graph: what an engine (ONNX Runtime on Node, in the browser) gives the rest of the house.
 */
import type { DType, Graph, Value } from "../graph/types.ts";

/** The typed arrays that hold a tensor's elements; int64 is a BigInt64Array, bool a Uint8Array. */
export type Elements =
  | Float32Array
  | Float64Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** A dense tensor in row-major order; `data.length` is the product of `dims`. float16 stays as bits. */
export interface DenseTensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly data: Elements;
}

export interface SessionOptions {
  /** Threads inside one operator. Default: the engine's own choice. */
  readonly threads?: number;
  /** Default "cpu". "webgpu" needs a GPU adapter (a software one will do). */
  readonly provider?: "cpu" | "webgpu";
  /**
   * How much the engine rewrites the graph when it opens it. Less opens sooner and runs slower: for
   * graphs that are run once. Default "all".
   */
  readonly optimize?: "all" | "basic" | "none";
}

export interface RunOptions {
  /** Names of the graph's outputs to hand back; the others are computed and dropped. Default: all. */
  readonly outputs?: readonly string[];
}

/** A graph that is loaded and can be run any number of times; calls run one after the other. */
export interface Session {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /**
   * @param feeds one tensor for each input of the graph
   * @throws UserError where a feed is missing, unknown, or of another type or shape
   */
  run(
    feeds: Readonly<Record<string, DenseTensor>>,
    options?: RunOptions,
  ): Promise<Record<string, DenseTensor>>;
  /** Frees the native memory. A released session throws when run. */
  release(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  /** @throws UserError where the engine does not know an operator or refuses the graph */
  open(graph: Graph, options?: SessionOptions): Promise<Session>;
}
