// A maker of forms without imports, so that tests and a child process of the built code read it alike.

const scalar = (value) => ({
  dtype: "float32",
  dims: [],
  bytes: new Uint8Array(Float32Array.of(value).buffer),
});

/**
 * For images of 28x28: of the first ReLU's positions those where the noise is above 1 - progress / 2
 * are left out.
 */
export function dropping(network) {
  const at = network.nodes.findIndex((node) => node.op === "Relu");
  const relu = network.nodes[at];
  const node = (op, inputs, output, attributes = {}) => ({
    name: `drop/${output}`,
    op,
    domain: "",
    inputs,
    outputs: [output],
    attributes,
  });
  const noise = { name: "u", shape: ["batch", 1, 28, 28] };
  return {
    graph: {
      ...network,
      inputs: [
        ...network.inputs,
        { ...noise, dtype: "float32" },
        { name: "done", dtype: "float32", shape: [] },
      ],
      initializers: new Map([...network.initializers, ["one", scalar(1)], ["two", scalar(2)]]),
      nodes: [
        ...network.nodes.slice(0, at),
        { ...relu, outputs: ["whole"] },
        node("Div", ["done", "two"], "share"),
        node("Sub", ["one", "share"], "keep"),
        node("Less", ["u", "keep"], "under"),
        node("Cast", ["under"], "mask", { to: { kind: "int", value: 1 } }),
        node("ReduceMean", ["mask"], "kept", { keepdims: { kind: "int", value: 0 } }),
        node("Mul", ["whole", "mask"], relu.outputs[0]),
        ...network.nodes.slice(at + 1),
      ],
    },
    progress: "done",
    noise: [noise],
    report: { kept: "kept" },
  };
}
