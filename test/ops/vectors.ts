/** Reads test/data/ops/vectors.json: single-operator models and what ONNX Runtime makes of them. */
import { readFileSync } from "node:fs";
import { stringTensor, tensorOf } from "../../src/graph/tensor.ts";
import type { Attribute, DType, Graph, Tensor, Value } from "../../src/graph/types.ts";

interface Constant {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values?: readonly (number | boolean)[];
}

export interface Vector {
  readonly op: string;
  readonly opset: number;
  readonly attrs: Readonly<Record<string, readonly [Attribute["kind"], unknown]>>;
  readonly inputs: readonly (Constant | null)[];
  /** null: the runtime rejects the model. */
  readonly outputs: readonly Constant[] | null;
}

export function readVectors(): readonly Vector[] {
  const file = new URL("../data/ops/vectors.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Vector[] };
  return cases;
}

/** JSON has doubles only: 2^63 stands for the largest 64-bit integer. */
function element(x: number | boolean): number | bigint {
  return Number(x) === 2 ** 63 ? 2n ** 63n - 1n : Number(x);
}

function tensor(c: Constant): Tensor {
  const { dtype } = c;
  if (dtype === "string" || dtype === "complex64" || dtype === "complex128")
    return stringTensor([], [0]);
  return tensorOf(dtype, c.shape, c.values!.map(element));
}

/** The model as a graph; inputs without values are the graph's inputs. */
export function graphOf(v: Vector): Graph {
  const inputs: Value[] = [];
  const initializers = new Map<string, Tensor>();
  const names = v.inputs.map((c, i) => {
    if (c === null) return "";
    if (c.values) initializers.set(`i${i}`, tensor(c));
    else inputs.push({ name: `i${i}`, dtype: c.dtype, shape: c.shape });
    return `i${i}`;
  });
  const attributes = Object.fromEntries(
    Object.entries(v.attrs).map(([name, [kind, value]]) => [
      name,
      (kind === "tensor"
        ? { kind, value: tensor(value as Constant) }
        : { kind, value }) as Attribute,
    ]),
  );
  const count = v.outputs?.length ?? 1;
  return {
    name: v.op,
    nodes: [
      {
        name: "node",
        op: v.op,
        domain: "",
        inputs: names,
        outputs: Array.from({ length: count }, (_, i) => `o${i}`),
        attributes,
      },
    ],
    inputs,
    outputs: [],
    initializers,
    declared: new Map(),
    opsets: new Map([["", v.opset]]),
    metadata: {},
  };
}

export function describeVector(v: Vector): string {
  const attrs = Object.entries(v.attrs).map(([k, [, x]]) => `${k}=${JSON.stringify(x)}`);
  const inputs = v.inputs.map((c) =>
    c
      ? `${c.dtype}[${c.shape.join(",")}]${c.values && c.values.length < 12 ? `=${JSON.stringify(c.values)}` : ""}`
      : "-",
  );
  return `${v.op}-${v.opset} (${inputs.join(" ")}) ${attrs.join(" ")}`;
}
