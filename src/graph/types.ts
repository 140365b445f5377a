/**
 * The network as data. The graph *is* ONNX in memory: its operator names, attributes and
 * semantics. Everything here is immutable; passes build new graphs.
 */

/** ONNX's element types, by the names that NumPy users know. */
export type DType =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "int4"
  | "int2"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "uint4"
  | "uint2"
  | "bool"
  | "string"
  | "complex64"
  | "complex128"
  | "float8e4m3fn"
  | "float8e4m3fnuz"
  | "float8e5m2"
  | "float8e5m2fnuz"
  | "float8e8m0"
  | "float4e2m1"
  | "float6e2m3"
  | "float6e3m2";

/**
 * A number, or a canonical expression over free dimensions: `batch`, `49*batch`,
 * `floor((height + 1)/2)`. Arithmetic on it is in `dim.ts`; two equal expressions are equal strings.
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** What is known of a value before it is computed. `shape` undefined: not even the rank is known. */
export interface ValueType {
  readonly dtype: DType;
  readonly shape: Shape | undefined;
}

export interface Value extends ValueType {
  readonly name: string;
  /**
   * The file's own bytes of a type that is no dense tensor's (sequence, map, optional); empty where
   * the file gives none, as in subgraphs. `dtype` and `shape` say nothing then.
   */
  readonly otherType?: Uint8Array;
}

/**
 * A constant tensor. `bytes` is little-endian and dense, usually a view on the file it was read
 * from; for external data it may be a getter that reads the file when first asked. Copy what must
 * outlive the model.
 */
export interface Tensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
  /** For dtype `string` only; `bytes` is then empty. */
  readonly strings?: readonly string[];
  /** Where the bytes lie outside the model file, if they do. */
  readonly external?: {
    readonly location: string;
    readonly offset: number;
    readonly length: number;
  };
}

/**
 * One attribute; the tags are ONNX's own kinds. Integers beyond 2^53 are rejected when read, but for
 * the largest and smallest int64, which mean "to the end" and become the nearest doubles, ±2^63.
 */
export type Attribute =
  | { readonly kind: "int" | "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "tensor"; readonly value: Tensor }
  | { readonly kind: "graph"; readonly value: Graph }
  | { readonly kind: "ints" | "floats"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensors"; readonly value: readonly Tensor[] }
  | { readonly kind: "graphs"; readonly value: readonly Graph[] }
  /** Kept byte for byte (sparse tensors, type protos), so that a file survives a round trip. */
  | { readonly kind: "opaque"; readonly type: string; readonly bytes: Uint8Array };

export interface Node {
  /** Unique in its graph; readers invent one (`Conv_17`) where the file has none. */
  readonly name: string;
  /** Operator, e.g. `Conv`. */
  readonly op: string;
  /** "" is ONNX's own domain. */
  readonly domain: string;
  /** Value names; "" stands for an optional input that is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface Graph {
  readonly name: string;
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** Without initializers. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** Types that the file declares for values in between. */
  readonly declared: ReadonlyMap<string, ValueType>;
  /** Operator-set version for each domain; `""` is ONNX's own. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly metadata: Readonly<Record<string, string>>;
}
