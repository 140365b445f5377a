/** A graph with what morphisms ask of it, each found when first asked. */

import { type GraphIndex, indexGraph } from "../../graph/edit.ts";
import { type Constants, constantsOf } from "../../graph/morph/constants.ts";
import { channelTies, type Ties } from "../../graph/morph/ties.ts";
import type { Graph, Node, ValueType } from "../../graph/types.ts";
import { inferGraph } from "../../ops/inference.ts";

export class Network {
  readonly graph: Graph;
  #types: ReadonlyMap<string, ValueType> | undefined;
  #index: GraphIndex | undefined;
  #ties: Ties | undefined;
  #constants: Constants | undefined;
  #nodes: ReadonlyMap<string, Node> | undefined;

  constructor(graph: Graph) {
    this.graph = graph;
  }

  /** Types of all values, free dimensions symbolic. */
  get types(): ReadonlyMap<string, ValueType> {
    this.#types ??= inferGraph(this.graph, {}).types;
    return this.#types;
  }

  get index(): GraphIndex {
    this.#index ??= indexGraph(this.graph);
    return this.#index;
  }

  get ties(): Ties {
    this.#ties ??= channelTies(this.graph, this.types);
    return this.#ties;
  }

  get constants(): Constants {
    this.#constants ??= constantsOf(this.graph);
    return this.#constants;
  }

  node(name: string): Node | undefined {
    this.#nodes ??= new Map(this.graph.nodes.map((n) => [n.name, n]));
    return this.#nodes.get(name);
  }

  /** Sizes of a feature map [batch, channels, …spatial]; undefined where it is none. */
  features(value: string): Features | undefined {
    const type = this.types.get(value);
    if (type?.dtype !== "float32" || type.shape === undefined || type.shape.length < 3)
      return undefined;
    const [, channels, ...spatial] = type.shape;
    if (typeof channels !== "number") return undefined;
    return { value, channels, spatial };
  }
}

/** `spatial` may hold free dimensions. */
export interface Features {
  readonly value: string;
  readonly channels: number;
  readonly spatial: readonly (number | string)[];
}

/** ONNX's own operator `op`; a node of another domain is none. */
export function isOp(node: Node | undefined, ...ops: readonly string[]): node is Node {
  return (
    node !== undefined && (node.domain === "" || node.domain === "ai.onnx") && ops.includes(node.op)
  );
}
