import { UserError } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import { trainingForm } from "./context.ts";
import { cholesky, logDeterminant } from "./positive-definite.ts";
import type { ZeroCostProxy } from "./types.ts";

/** Keeps the determinant above 0 where two samples have one code; the entries count units. */
const RIDGE = 1e-5;

export const nwot: ZeroCostProxy = {
  name: "nwot",
  description: "how much the samples differ in which ReLUs are active",
  source:
    "Mellor et al. 2021, Neural Architecture Search without Training, eq. 2: log |K|, K the number of ReLUs on which two samples agree",
  async score(context) {
    const { graph, images } = trainingForm(context);
    const n = context.batch.images.dims[0]!;
    // Of values that several ReLUs read as often as they are read.
    const inputs = reluInputs(graph);
    if (inputs.length === 0)
      throw new UserError(`${graph.name}: it has no ReLU, whose codes nwot compares`, {
        hint: "leave nwot out for this network",
      });
    const agree = new Float64Array(n * n);
    const names = [...new Set(inputs)];
    const outputs = names.map((name) => ({ name, dtype: "float32" as const, shape: undefined }));
    const got = await context.run({ ...graph, outputs }, { [images]: context.batch.images }, names);
    for (const name of inputs) addAgreement(agree, got[name]!.data as Float32Array, n);
    return logDeterminant(cholesky(agree, n, RIDGE), n);
  },
};

/** Also those that are clipped above (ReLU6). */
function reluInputs(graph: Graph): readonly string[] {
  return graph.nodes.flatMap((node) => {
    if (node.domain !== "" && node.domain !== "ai.onnx") return [];
    const rectifies =
      ["Relu", "LeakyRelu", "PRelu", "ThresholdedRelu"].includes(node.op) ||
      (node.op === "Clip" && node.inputs[1] !== undefined && isZero(graph, node.inputs[1]));
    return rectifies ? [node.inputs[0]!] : [];
  });
}

function isZero(graph: Graph, name: string): boolean {
  const made = graph.nodes.find((n) => n.op === "Constant" && n.outputs[0] === name);
  const attribute = made?.attributes.value;
  const tensor =
    graph.initializers.get(name) ?? (attribute?.kind === "tensor" ? attribute.value : undefined);
  return tensor?.bytes.every((b) => b === 0) === true;
}

/** Adds for each pair of samples the number of units that both have active, or neither. */
export function addAgreement(agree: Float64Array, values: Float32Array, n: number): void {
  const units = values.length / n;
  const words = Math.ceil(units / 32);
  const codes = new Int32Array(n * words);
  for (let s = 0; s < n; s++)
    for (let u = 0; u < units; u++)
      if (values[s * units + u]! > 0) codes[s * words + (u >>> 5)]! |= 1 << (u & 31);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let differ = 0;
      for (let w = 0; w < words; w++)
        differ += bitCount(codes[i * words + w]! ^ codes[j * words + w]!);
      agree[i * n + j]! += units - differ;
      if (i !== j) agree[j * n + i]! += units - differ;
    }
}

function bitCount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
