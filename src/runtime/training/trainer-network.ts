/** A network and a data set brought together, or why they cannot be. */
import { UserError } from "../../base/errors.ts";
import { indexGraph } from "../../graph/edit.ts";
import { elementCount, numbers, tensorOf } from "../../graph/tensor.ts";
import type { Dim, Graph, Tensor } from "../../graph/types.ts";
import { inferGraph } from "../../ops/inference.ts";
import { buildNetwork, type ParameterValue, ZOO } from "../../zoo/index.ts";
import { type Dataset, shapeText } from "../data/index.ts";
import { logitsOf } from "./network.ts";

/** What a network must fit. */
export interface SampleForm extends Pick<Dataset, "name" | "classes"> {
  readonly train: Pick<Dataset["train"], "shape">;
}

/** The free batch of the network while it is trained. */
const BATCH = "batch";

/**
 * The network with a free batch and the sample's shape as its input's.
 *
 * @throws UserError where its input or its logits are not what the data needs, naming both
 */
export function fitNetwork(network: Graph, dataset: SampleForm): Graph {
  const { shape } = dataset.train;
  const [input, ...others] = network.inputs;
  if (input === undefined || others.length > 0)
    throw new UserError(
      `${network.name} has ${network.inputs.length} inputs (${network.inputs.map((v) => v.name).join(", ")}), expected one`,
      { hint: "only classifiers of one input can be trained", exitCode: 2 },
    );
  const own = input.shape?.slice(1);
  const fits =
    own !== undefined &&
    own.length === shape.length &&
    own.every((dim, i) => typeof dim !== "number" || dim === shape[i]);
  if (!fits)
    throw new UserError(
      `${network.name} takes ${input.name} of [${input.shape?.join(", ") ?? "?"}], samples of ${dataset.name} are ${shapeText(shape)}`,
      { hint: remedy(own, shape), exitCode: 2 },
    );
  const fitted: Graph = {
    ...network,
    inputs: [{ ...input, shape: [BATCH, ...shape] }],
    outputs: network.outputs.map((output) => ({ ...output, shape: undefined })),
    declared: new Map(),
  };
  const logits = logitsOf(fitted);
  const type = inferGraph(fitted, {}).types.get(logits);
  const classes = type?.shape?.at(-1);
  if (
    type?.shape?.length !== 2 ||
    (typeof classes === "number" && classes !== dataset.classes.length)
  )
    throw new UserError(
      `${network.name} gives ${logits} of [${type?.shape?.join(", ") ?? "?"}], ${dataset.name} has ${dataset.classes.length} classes`,
      {
        hint: `give the network ${dataset.classes.length} outputs, one row of logits a sample`,
        exitCode: 2,
      },
    );
  return fitted;
}

function remedy(own: readonly Dim[] | undefined, shape: readonly number[]): string {
  const [channels, height, width] = own ?? [];
  if (own?.length !== 3 || shape.length !== 3) return "choose a network for samples of that shape";
  const hints: string[] = [];
  if (typeof channels === "number" && channels !== shape[0])
    hints.push(
      channels === 1 || channels === 3
        ? `--channels ${channels}`
        : `a network with ${shape[0]} input channels`,
    );
  if (
    (typeof height === "number" && height !== shape[1]) ||
    (typeof width === "number" && width !== shape[2])
  )
    hints.push(`--size ${height}x${width} (folders of images)`);
  return `bring them together, e.g. ${hints.join(" and ")}, or export the model for that shape`;
}

/**
 * A network of the zoo for the data: its classes, resolution and input channels, where they are not
 * given.
 *
 * @throws UserError for samples that are no square images, or a value out of range
 */
export function zooNetworkFor(
  name: string,
  given: Readonly<Record<string, ParameterValue>>,
  dataset: Dataset,
): Graph {
  const { shape } = dataset.train;
  const [channels = 0, height, width] = shape;
  if (shape.length !== 3 || height === undefined || height !== width)
    throw new UserError(
      `${name} takes square images, samples of ${dataset.name} are ${shapeText(shape)}`,
      {
        hint:
          shape.length === 3
            ? `resize them as they are read, e.g. --size ${height}`
            : "give an ONNX model of your own",
        exitCode: 2,
      },
    );
  const has = (parameter: string) =>
    ZOO.get(name)?.parameters.some((each) => each.name === parameter) === true;
  const graph = buildNetwork(name, {
    ...(has("classes") && { classes: dataset.classes.length }),
    ...(has("resolution") && { resolution: height }),
    ...given,
  });
  return withInputChannels(graph, channels);
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
