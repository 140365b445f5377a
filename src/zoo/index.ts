/** The zoo: networks as code, by name, with typed parameters. */
import { UserError } from "../base/errors.ts";
import type { Graph } from "../graph/types.ts";
import { fbnet } from "./fbnet.ts";
import { BATCH_NORMS, type BatchNorm, type NetworkOptions } from "./layers.ts";
import { mlp } from "./mlp.ts";
import { divisibleBy8, mobileNetV2 } from "./mobilenet.ts";
import { nasBench201 } from "./nasbench201.ts";
import {
  didYouMean,
  type Parameter,
  type ParameterValue,
  resolveParameters,
} from "./parameters.ts";
import { RESNETS, resNet } from "./resnet.ts";
import { cifarResNet } from "./resnet-cifar.ts";
import { vgg } from "./vgg.ts";
import { cifarVgg } from "./vgg-cifar.ts";

export { FBNET_BLOCKS, FBNET_LAYERS, type FbnetOptions, fbnet, parseFbnet } from "./fbnet.ts";
export type { BatchNorm, NetworkOptions } from "./layers.ts";
export { type MlpOptions, mlp } from "./mlp.ts";
export { mobileNetV2 } from "./mobilenet.ts";
export { benchmarkFlops, type NasBench201Options, nasBench201 } from "./nasbench201.ts";
export * from "./nasbench201-cell.ts";
export type { Parameter, ParameterValue } from "./parameters.ts";
export { resNet } from "./resnet.ts";
export { cifarResNet } from "./resnet-cifar.ts";
export { vgg } from "./vgg.ts";

export interface ZooEntry {
  readonly name: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  /** `values` holds every parameter, checked. */
  build(values: Readonly<Record<string, ParameterValue>>): Graph;
}

const outputs = (classes: number) =>
  integer("classes", 1, 100_000, classes, "outputs of the classifier");

const seed = integer("seed", 0, Number.MAX_SAFE_INTEGER, 0, "of the initial weights");

const normalized = (after: string): Parameter => ({
  kind: "choice",
  name: "normalized",
  choices: ["no", "yes"],
  default: "no",
  description: `batch normalization after each ${after}`,
});

const common = (classes: number, resolution: number): readonly Parameter[] => [
  outputs(classes),
  integer("resolution", 8, 4096, resolution, "side of the input image, pixels"),
  {
    kind: "choice",
    name: "batchNorm",
    choices: BATCH_NORMS,
    default: "nodes",
    description: "batch normalization as nodes of its own, or folded into the convolutions",
  },
  seed,
];

const width: Parameter = {
  kind: "real",
  name: "width",
  min: 0.05,
  max: 8,
  default: 1,
  description: "factor on all channels, rounded to multiples of 8",
};

const blocks = (defaults: readonly number[], what = "blocks"): readonly Parameter[] =>
  defaults.map((count, i) => integer(`${what}${i + 1}`, 1, 64, count, `${what} in stage ${i + 1}`));

const channels = (defaults: readonly number[]): readonly Parameter[] =>
  defaults.map((count, i) =>
    integer(`channels${i + 1}`, 1, 8192, count, `channels of stage ${i + 1}, before width`),
  );

const RESNET_CHANNELS = [64, 128, 256, 512];
const CIFAR_CHANNELS = [16, 32, 64, 128];
const VGG_CIFAR_CHANNELS = [32, 64, 128, 256];
const LATER = "stages; what is said of later ones has no effect";
const VGG_CHANNELS = [64, 128, 256, 512, 512];

const ENTRIES: readonly ZooEntry[] = [
  {
    name: "nasbench201",
    description: "NAS-Bench-201 network of a cell (CIFAR, 3 stages of 5 cells)",
    parameters: [
      {
        kind: "text",
        name: "cell",
        example: "333133",
        default: "333133",
        description: "the cell as |op~0|+|op~0|op~1|+|op~0|op~1|op~2| or as six digits",
      },
      integer("channels", 1, 1024, 16, "channels of the first stage"),
      integer("cells", 1, 64, 5, "cells in each stage"),
      ...common(10, 32),
    ],
    build: (v) =>
      nasBench201(String(v.cell), {
        ...network(v),
        channels: Number(v.channels),
        cells: Number(v.cells),
      }),
  },
  ...Object.entries(RESNETS).map(
    ([name, shape]): ZooEntry => ({
      name,
      description: `ResNet-${name.slice("resnet".length)} for ImageNet`,
      parameters: [
        width,
        ...channels(RESNET_CHANNELS),
        ...blocks(shape.blocks),
        ...common(1000, 224),
      ],
      build: (v) =>
        resNet({
          ...network(v),
          name,
          block: shape.block,
          blocks: numbered(v, "blocks", 4),
          channels: stageChannels(v, 4),
        }),
    }),
  ),
  {
    name: "resnet-cifar",
    description: "residual network for CIFAR (ResNet-20 to ResNet-110)",
    parameters: [
      integer("depth", 8, 1202, 20, "layers with weights, 6n + 2 (four stages: 8n + 2)"),
      width,
      integer("stages", 3, 4, 3, LATER),
      ...channels(CIFAR_CHANNELS),
      ...common(10, 32),
    ],
    build: (v) =>
      cifarResNet({
        ...network(v),
        depth: Number(v.depth),
        channels: stageChannels(v, Number(v.stages)),
      }),
  },
  {
    name: "vgg-cifar",
    description: "small VGG-like network for CIFAR (2 to 4 stages, batch normalization)",
    parameters: [
      width,
      integer("stages", 2, 4, 3, LATER),
      ...channels(VGG_CIFAR_CHANNELS),
      ...blocks([2, 2, 2, 2], "convolutions"),
      ...common(10, 32),
    ],
    build: (v) =>
      cifarVgg({
        ...network(v),
        convolutions: numbered(v, "convolutions", Number(v.stages)),
        channels: stageChannels(v, Number(v.stages)),
      }),
  },
  {
    name: "vgg16",
    description: "VGG-16 for ImageNet",
    parameters: [
      width,
      ...channels(VGG_CHANNELS),
      ...blocks([2, 2, 3, 3, 3], "convolutions"),
      integer("hidden", 1, 65_536, 4096, "features of the two hidden linear layers"),
      normalized("convolution"),
      ...common(1000, 224),
    ],
    build: (v) =>
      vgg({
        ...network(v),
        convolutions: numbered(v, "convolutions", 5),
        channels: stageChannels(v, 5),
        hidden: Number(v.hidden),
        normalized: v.normalized === "yes",
      }),
  },
  {
    name: "mobilenet_v2",
    description: "MobileNetV2 for ImageNet",
    parameters: [
      width,
      ...blocks([1, 2, 3, 4, 3, 3, 1]),
      integer("expansion", 1, 16, 6, "hidden channels of a block for each input channel"),
      ...common(1000, 224),
    ],
    build: (v) =>
      mobileNetV2({
        ...network(v),
        width: Number(v.width),
        blocks: numbered(v, "blocks", 7),
        expansion: Number(v.expansion),
      }),
  },
  {
    name: "fbnet",
    description: "network of FBNet's search space: 22 layers, one of nine blocks each",
    parameters: [
      {
        kind: "text",
        name: "blocks",
        example: "3 3 8 0 …",
        default: Array.from({ length: 22 }, () => "3").join(" "),
        description: "22 blocks by index or name (k3_e1, k5_e6, skip), separated by spaces",
      },
      ...common(1000, 224),
    ],
    build: (v) => fbnet({ ...network(v), blocks: String(v.blocks) }),
  },
  {
    name: "mlp",
    description: "fully connected layers for tables",
    parameters: [
      integer("features", 1, 1_000_000, 16, "columns of the table"),
      integer("depth", 0, 64, 2, "hidden layers"),
      integer("width", 1, 65_536, 64, "units of each hidden layer"),
      normalized("hidden layer"),
      outputs(10),
      seed,
    ],
    build: (v) =>
      mlp({
        features: Number(v.features),
        depth: Number(v.depth),
        width: Number(v.width),
        normalized: v.normalized === "yes",
        classes: Number(v.classes),
        seed: Number(v.seed),
      }),
  },
];

export const ZOO: ReadonlyMap<string, ZooEntry> = new Map(ENTRIES.map((e) => [e.name, e]));

export const zooNames: readonly string[] = ENTRIES.map((e) => e.name);

/**
 * Builds a network by name; parameters left out take their defaults.
 *
 * @throws UserError for an unknown network or parameter, or a value outside its range
 */
export function buildNetwork(
  name: string,
  parameters: Readonly<Record<string, ParameterValue>> = {},
): Graph {
  const entry = ZOO.get(name);
  if (entry === undefined)
    throw new UserError(`no network named ${name} in the zoo`, {
      hint: didYouMean(name, zooNames),
      exitCode: 2,
    });
  return entry.build(resolveParameters(name, entry.parameters, parameters));
}

function network(values: Readonly<Record<string, ParameterValue>>): Required<NetworkOptions> {
  return {
    classes: Number(values.classes),
    resolution: Number(values.resolution),
    batchNorm: values.batchNorm as BatchNorm,
    seed: Number(values.seed),
  };
}

/** Exactly as given at width 1, else scaled to multiples of 8. */
function stageChannels(
  values: Readonly<Record<string, ParameterValue>>,
  stages: number,
): readonly number[] {
  const factor = Number(values.width);
  return numbered(values, "channels", stages).map((c) =>
    factor === 1 ? c : divisibleBy8(c * factor),
  );
}

function numbered(
  values: Readonly<Record<string, ParameterValue>>,
  name: string,
  count: number,
): readonly number[] {
  return Array.from({ length: count }, (_, i) => Number(values[`${name}${i + 1}`]));
}

function integer(
  name: string,
  min: number,
  max: number,
  byDefault: number,
  description: string,
): Parameter {
  return { kind: "integer", name, min, max, default: byDefault, description };
}
