/** Networks of the zoo made for a data set. */
import { UserError } from "../../base/errors.ts";
import { int } from "../../graph/attribute.ts";
import { indexGraph, nameMaker, replaceValue } from "../../graph/edit.ts";
import { elementCount, numbers, tensorOf } from "../../graph/tensor.ts";
import type { Graph, Tensor } from "../../graph/types.ts";
import { buildNetwork, type ParameterValue, ZOO } from "../../zoo/index.ts";
import { shapeText } from "../data/index.ts";
import type { SampleForm } from "./trainer-network.ts";

/**
 * A network of the zoo for the data: its classes, and its features or its resolution and input
 * channels, where they are not given. A network for tables reads images as one row of numbers.
 *
 * @throws UserError for samples that the network cannot take, or a value out of range
 */
export function zooNetworkFor(
  name: string,
  given: Readonly<Record<string, ParameterValue>>,
  dataset: SampleForm,
): Graph {
  const { shape } = dataset.train;
  const has = (parameter: string) =>
    ZOO.get(name)?.parameters.some((each) => each.name === parameter) === true;
  const classes = dataset.classes.length;
  if (has("features"))
    return flattening(
      buildNetwork(name, { classes, features: elementCount(shape), ...given }),
      shape,
    );
  const [channels = 0, height, width] = shape;
  if (shape.length !== 3 || height === undefined || height !== width)
    throw new UserError(
      `${name} takes square images, samples of ${dataset.name} are ${shapeText(shape)}`,
      {
        hint:
          shape.length === 3
            ? `resize them as they are read, e.g. --size ${height}`
            : "take mlp, or give an ONNX model of your own",
        exitCode: 2,
      },
    );
  const graph = buildNetwork(name, {
    ...(has("classes") && { classes }),
    ...(has("resolution") && { resolution: height }),
    ...given,
  });
  return withInputChannels(graph, channels);
}

/** The network of rows with a step before it that makes a row of each sample. */
function flattening(network: Graph, shape: readonly number[]): Graph {
  const [input] = network.inputs;
  const [batch] = input?.shape ?? [];
  if (input === undefined || batch === undefined || shape.length === 1) return network;
  const row = nameMaker(network)("row");
  const reading = replaceValue(network, input.name, row);
  const node = {
    name: "flatten",
    op: "Flatten",
    domain: "",
    inputs: [input.name],
    outputs: [row],
    attributes: { axis: int(1) },
  };
  return {
    ...reading,
    inputs: [{ ...input, shape: [batch, ...shape] }],
    nodes: [node, ...reading.nodes],
  };
}

/**
 * The network with another number of input channels: each convolution on the input gets the mean of
 * its old kernels over the channels, times the ratio, so that equal channels give what they gave.
 *
 * @throws UserError where something else than an ungrouped convolution reads the input
 */
export function withInputChannels(network: Graph, channels: number): Graph {
  const [input] = network.inputs;
  const [batch, own, ...rest] = input?.shape ?? [];
  if (input === undefined || batch === undefined || own === channels) return network;
  const initializers = new Map(network.initializers);
  for (const node of indexGraph(network).consumers(input.name)) {
    const name = node.inputs[1] ?? "";
    const weight = network.initializers.get(name);
    const group = node.attributes.group;
    if (node.op !== "Conv" || weight === undefined || (group?.kind === "int" && group.value !== 1))
      throw new UserError(
        `${network.name}: ${node.name} (${node.op}) reads the input of ${own} channels, the data has ${channels}`,
        { hint: `bring the images to ${own} channels: --channels ${own}`, exitCode: 2 },
      );
    initializers.set(name, spread(weight, channels));
  }
  return { ...network, inputs: [{ ...input, shape: [batch, channels, ...rest] }], initializers };
}

function spread(weight: Tensor, channels: number): Tensor {
  const [out = 0, own = 0, ...kernel] = weight.dims;
  const area = elementCount(kernel);
  const old = numbers(weight);
  const values = new Float32Array(out * channels * area);
  for (let o = 0; o < out; o++)
    for (let i = 0; i < area; i++) {
      let sum = 0;
      for (let c = 0; c < own; c++) sum += old[(o * own + c) * area + i]!;
      for (let c = 0; c < channels; c++) values[(o * channels + c) * area + i] = sum / channels;
    }
  return tensorOf("float32", [out, channels, ...kernel], values);
}
