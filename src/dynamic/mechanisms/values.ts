/** What is known of values without running the network. */
import { indexGraph } from "../../graph/edit.ts";
import { numbers } from "../../graph/tensor.ts";
import type { Graph, Node } from "../../graph/types.ts";

/** f(f(x)) = f(x), for each element alone. */
const IDEMPOTENT: readonly string[] = ["Relu", "Clip", "Abs", "Identity"];
/** Give only values from among those that they read, or the same for a whole window. */
const SELECTS: readonly string[] = ["MaxPool", "Identity", "Dropout"];
const NOT_NEGATIVE: readonly string[] = ["Relu", "Sigmoid", "HardSigmoid", "Softplus", "Abs"];

/** Whether a node would leave the elements of a value as they are: the same node made them. */
export function fixedBy(graph: Graph, node: Node, value: string): boolean {
  if (node.domain !== "" || !IDEMPOTENT.includes(node.op)) return false;
  if (node.inputs.slice(1).some((name) => name !== "" && !graph.initializers.has(name)))
    return false;
  if (node.op === "Identity") return true;
  const maker = madeBy(graph, value);
  return (
    maker !== undefined &&
    maker.op === node.op &&
    maker.domain === "" &&
    node.inputs.slice(1).every((name, i) => sameConstant(graph, name, maker.inputs[i + 1]))
  );
}

/** Whether no element of a value can be below zero. */
export function isNotNegative(graph: Graph, value: string): boolean {
  const maker = madeBy(graph, value);
  if (maker === undefined || maker.domain !== "") return false;
  if (NOT_NEGATIVE.includes(maker.op)) return true;
  const low = graph.initializers.get(maker.inputs[1] ?? "");
  return maker.op === "Clip" && low !== undefined && Number(numbers(low)[0]) >= 0;
}

/** The node that the elements come from, pools of maxima looked through. */
function madeBy(graph: Graph, value: string): Node | undefined {
  const index = indexGraph(graph);
  let maker = index.producer(value);
  while (maker !== undefined && maker.domain === "" && SELECTS.includes(maker.op))
    maker = index.producer(maker.inputs[0]!);
  return maker;
}

function sameConstant(graph: Graph, a: string, b: string | undefined): boolean {
  if (a === (b ?? "")) return true;
  const [x, y] = [graph.initializers.get(a), graph.initializers.get(b ?? "")];
  return (
    x !== undefined &&
    y !== undefined &&
    x.dtype === y.dtype &&
    x.dims.join() === y.dims.join() &&
    x.bytes.every((byte, i) => byte === y.bytes[i])
  );
}
