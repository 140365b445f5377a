/** Operators that no mechanism leaves out by position or block: they stay dense, and are counted. */
import type { Graph, Node } from "../graph/types.ts";
import { type BlockSource, blockSource, regionGaps } from "./blocks/index.ts";
import { cutsOf, onTheWay, stagesOf } from "./trunk.ts";

/** What stands between the last feature map and the logits: dense by nature, and little work. */
const HEAD: readonly string[] = [
  "Add",
  "BatchNormalization",
  "Clip",
  "Constant",
  "Conv",
  "Dropout",
  "Flatten",
  "Gemm",
  "GlobalAveragePool",
  "HardSigmoid",
  "HardSwish",
  "Identity",
  "LogSoftmax",
  "MatMul",
  "Mul",
  "ReduceMean",
  "Relu",
  "Reshape",
  "Sigmoid",
  "Softmax",
  "Squeeze",
];

/**
 * Number of nodes of each operator that regions refuse where there are feature maps, and of those behind
 * the maps that are not usual there.
 */
export function denseOperators(graph: Graph): Record<string, number> {
  const logits = graph.outputs[0]!.name;
  const nodes = onTheWay(graph, logits);
  const end = stagesOf(cutsOf(graph, logits)).at(-1)?.end.position ?? 0;
  const source = blockSource(graph);
  const maps = nodes.slice(0, end).filter((node) => !isConstant(node) && !isSum(node, source));
  const refused = regionGaps(maps, source).map(({ node }) => node);
  const unusual = nodes.slice(end).filter(({ op, domain }) => domain !== "" || !HEAD.includes(op));
  const counts: Record<string, number> = {};
  for (const { op, domain } of [...refused, ...unusual]) {
    const name = domain === "" ? op : `${domain}.${op}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const isConstant = ({ inputs }: Node) => inputs.length === 0;

/** Where branches meet: regions end there, or have the sum behind them. */
function isSum({ op, domain, inputs }: Node, { types, constants }: BlockSource): boolean {
  if (op !== "Add" || domain !== "" || inputs.some((name) => constants.has(name))) return false;
  const [a, b] = inputs.map((name) => types.get(name)?.shape?.join());
  return a !== undefined && a === b;
}
