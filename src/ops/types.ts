/**
 * What an operator is: one value that knows its shape rule, its counts, its constant folding and
 * the work it gives a device. Shared code asks for these and never for the operator's name.
 */
import type { Attribute, Dim, DType, Graph, Node, Shape, ValueType } from "../graph/types.ts";

/**
 * A small constant whose elements may be expressions over free dimensions: what Shape gives and
 * shape arithmetic folds. Elements stand in row-major order; bools are 0 and 1.
 */
export interface DimTensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly elements: readonly Dim[];
}

/** What a rule may look at. Shapes are concrete or symbolic; `elements` is what folding knows. */
export interface OpContext {
  readonly node: Node;
  /** Version of the operator's domain that the graph imports. */
  readonly opset: number;
  /** Types of the inputs; undefined for an absent optional input. */
  readonly inputs: readonly (ValueType | undefined)[];
  attribute(name: string): Attribute | undefined;
  /** The elements of input `i` where they are known, free dimensions included. */
  elements(i: number): DimTensor | undefined;
  /** Whether input `i` is fixed when the network is loaded: a weight, or computed from weights. */
  fixed(i: number): boolean;
  /** A new free dimension, for a size that only the data decides; it becomes a reported gap. */
  fresh(what: string): Dim;
}

/** As `OpContext`, after `infer`, with every dimension of inputs and outputs a number. */
export interface CountContext extends OpContext {
  readonly inputShapes: readonly (readonly number[] | undefined)[];
  readonly outputs: readonly ValueType[];
  readonly outputShapes: readonly (readonly number[])[];
}

/** Arithmetic of one execution. MACs are multiply-accumulates; `flops` is everything else. */
export interface Arithmetic {
  readonly macs: number;
  /** Other floating-point operations (additions, comparisons, exponentials, each counted once). */
  readonly flops: number;
}

/**
 * The work that a node gives a device, free of operator names: what a lowering needs to choose an
 * algorithm. All sizes are element counts of the concrete shapes.
 */
export type Work =
  /** No kernel: Reshape, Identity, Flatten, Dropout in inference, constants. */
  | { readonly kind: "view" }
  | ConvWork
  | MatMulWork
  /** One output element from the same position of (broadcast) inputs; can be fused to its producer. */
  | { readonly kind: "pointwise"; readonly elements: number; readonly flopsPerElement: number }
  /** Sliding window without weights: pooling. `window` is the elements of one window. */
  | { readonly kind: "pool"; readonly outputElements: number; readonly window: number }
  /**
   * Rows of `length` reduced; `passes` is how often the input is read (softmax 3 without fusion).
   * `keepsShape`: the output has the input's size (softmax, layer norm), else one value a row.
   */
  | {
      readonly kind: "reduce";
      readonly rows: number;
      readonly length: number;
      readonly passes: number;
      readonly keepsShape: boolean;
    }
  /** Data movement: Transpose, Concat, Slice, Pad, Gather, Scatter, Resize (nearest). */
  | { readonly kind: "copy"; readonly elements: number; readonly irregular: boolean }
  | { readonly kind: "gap"; readonly reason: string };

/** A convolution, 1-D to 3-D; spatial arrays are outermost first ([H, W]). */
export interface ConvWork {
  readonly kind: "conv";
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Padding at the begin and the end of each axis. */
  readonly padBegin: readonly number[];
  readonly padEnd: readonly number[];
  /** ConvTranspose: `input` is the small side, `output` the large one. */
  readonly transposed: boolean;
  /** DeformConv: sampling positions come from data. */
  readonly deformable: boolean;
  readonly bias: boolean;
}

/** `batch` products of [m, k] by [k, n]. */
export interface MatMulWork {
  readonly kind: "matmul";
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** The right side is a weight that all batches share (a linear layer). */
  readonly weightB: boolean;
  readonly bias: boolean;
}

export interface Operator {
  readonly name: string;
  readonly domain?: string;
  /** Types of the outputs. Throws `UserError` where shapes contradict each other. */
  infer(context: OpContext): readonly ValueType[];
  /** Absent: no arithmetic. */
  count?(context: CountContext): Arithmetic;
  work(context: CountContext): Work;
  /** Outputs from known inputs, for shape arithmetic; undefined where it cannot. */
  fold?(context: OpContext): readonly DimTensor[] | undefined;
  /** Why nodes of this operator are not counted, whatever their shapes. */
  readonly gap?: string;
  /** The output is known when the network is loaded, whatever the inputs. */
  readonly fixed?: true;
  /**
   * Inputs that set how the operator works and are not trained: statistics of BatchNormalization,
   * scales of Resize, bounds of Clip. They are no parameters. `"scalars"`: those of rank 0.
   */
  readonly settings?: readonly number[] | "scalars";
  /** Inputs whose integers are quantised weights; other integers set shapes and indices. */
  readonly integerWeights?: readonly number[];
  /** Bytes moved, where it is not each input once and each output once. */
  bytes?(context: CountContext): { readonly read: number; readonly written: number };
  /** What follows the contraction in one kernel: activations, Add, BatchNormalization in inference. */
  readonly epilogue?: "activation" | "add" | "affine";
}

/** A node with everything that was found out about it. */
export interface AnalyzedNode {
  readonly node: Node;
  readonly inputs: readonly (ValueType | undefined)[];
  readonly outputs: readonly ValueType[];
  readonly macs: number;
  readonly flops: number;
  /** Elements of the weights that this node is the first to compute with. */
  readonly params: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly work: Work;
  readonly epilogue: Operator["epilogue"];
  /** Folded to a constant: it costs nothing at run time. */
  readonly folded: boolean;
}

/** Something that the result does not contain, and why. Never a silent zero. */
export interface Gap {
  readonly op: string;
  readonly count: number;
  readonly reason: string;
  readonly nodes: readonly string[];
}

export interface Totals {
  readonly macs: number;
  readonly flops: number;
  readonly params: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly macsByOp: Readonly<Record<string, number>>;
}

/** What `analyze(graph, { bind })` finds. Counts hold for the bound dimensions. */
export interface Analysis {
  readonly graph: Graph;
  /** Free dimensions and the numbers they were counted with, e.g. `{ batch: 1 }`. */
  readonly bound: Readonly<Record<string, number>>;
  readonly nodes: readonly AnalyzedNode[];
  /** Types of all values, with free dimensions kept symbolic. */
  readonly types: ReadonlyMap<string, ValueType>;
  readonly totals: Totals;
  readonly gaps: readonly Gap[];
}

export type { Shape };
