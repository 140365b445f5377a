/**
 * A batch of none gives answers of none. ONNX Runtime's own rewriting of layouts (1.30, `Reshape` to
 * [0, -1, …]) fails for such a batch, whatever the network; so the network is run only where there is
 * an input.
 */
import { graphAttribute, int, tensorAttribute } from "../../graph/attribute.ts";
import { renameValues } from "../../graph/edit.ts";
import { tensorOf } from "../../graph/tensor.ts";
import type { Graph, Value } from "../../graph/types.ts";
import { scopeOf } from "./scope.ts";

/** @param classes width of the first output; the others are int64 [batch] */
export function guarded(graph: Graph, classes: number): Graph {
  const scope = scopeOf(graph, "some");
  const shape = scope.add("Shape", "shape", [graph.inputs[0]!.name]);
  const batch = scope.add("Gather", "batch", [shape, scope.integer("first", 0)], { axis: int(0) });
  const some = scope.add("Greater", "some", [batch, scope.integer("none", 0)]);
  const none = scope.inner("none");
  const nothing = graph.outputs.map(({ name, dtype }, i): Value => {
    const dims = i === 0 ? [0, classes] : [0];
    const value = tensorAttribute(tensorOf(dtype === "int64" ? "int64" : "float32", [1], [0]));
    const out = none.add("ConstantOfShape", `no ${name}`, [none.integers(...dims)], { value });
    return { name: out, dtype, shape: undefined };
  });
  const inside: Graph = {
    ...none.body("the network", graph.outputs),
    nodes: graph.nodes,
    initializers: graph.initializers,
    declared: graph.declared,
  };
  const names = new Map(graph.outputs.map(({ name }) => [name, scope.fresh(`${name}/computed`)]));
  const outputs = inside.outputs.map((value) => ({ ...value, name: names.get(value.name)! }));
  scope.addMany(
    "If",
    "if",
    [some],
    graph.outputs.map(({ name }) => name),
    {
      then_branch: graphAttribute(renamedOutputs(inside, names, outputs)),
      else_branch: graphAttribute(none.body("none", nothing)),
    },
  );
  return {
    ...graph,
    nodes: scope.nodes,
    initializers: scope.initializers,
    outputs: graph.outputs,
    declared: new Map(),
  };
}

/** A body may not define what is defined around it: its outputs have names of their own. */
function renamedOutputs(
  body: Graph,
  names: ReadonlyMap<string, string>,
  outputs: readonly Value[],
): Graph {
  const { nodes, initializers, declared } = renameValues({ ...body, inputs: [] }, names);
  return { ...body, nodes, initializers, declared, outputs };
}
