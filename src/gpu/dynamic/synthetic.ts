/** Launches that no node of the network asks for, put to the engine as nodes of its own. */
import type { AnalyzedNode, Work } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import { eagerUs } from "../host.ts";
import type { Launch, Target } from "../lower.ts";

export interface SyntheticNode {
  readonly name: string;
  /** Operator whose work this is, e.g. `ReduceMean`. */
  readonly op: string;
  readonly work: Work;
  /** Elements. */
  readonly read: number;
  readonly written: number;
  readonly macs?: number;
}

/** Elements are counted as float32, from which the engine goes to the precision of the prediction. */
const BYTES = 4;

export function synthetic(node: SyntheticNode): AnalyzedNode {
  const type = { dtype: "float32", shape: undefined } as const;
  return {
    node: {
      name: node.name,
      op: node.op,
      domain: "",
      inputs: ["x"],
      outputs: ["y"],
      attributes: {},
    },
    inputs: [type],
    outputs: [type],
    macs: node.macs ?? 0,
    flops: node.read,
    params: 0,
    bytesRead: BYTES * node.read,
    bytesWritten: BYTES * node.written,
    work: node.work,
    epilogue: undefined,
    folded: false,
  };
}

/** Kernels that the engine times as streams, issued as one operator. */
export function streamLaunch(
  name: string,
  op: string,
  kernels: readonly TimedKernel[],
  target: Target,
): Launch {
  const node = synthetic({
    name,
    op,
    work: { kind: "copy", elements: 0, irregular: true },
    read: 0,
    written: 0,
  });
  const { host } = target;
  return { nodes: [node], hostUs: host.fuses ? host.usPerOp : eagerUs(node, host), kernels };
}
