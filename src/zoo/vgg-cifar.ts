/**
 * A small VGG-like network for images of 28 to 32 pixels: stages of 3x3 convolutions with batch
 * normalization, each ending in a 2x2 maximum, and one linear layer.
 */
import type { Graph } from "../graph/types.ts";
import { Layers, type NetworkOptions } from "./layers.ts";

export interface CifarVggOptions extends NetworkOptions {
  /** Convolutions in each stage, as many stages as `channels`; default 2, 2, 2. */
  readonly convolutions?: readonly number[];
  /** Channels of each stage; default 32, 64, 128. */
  readonly channels?: readonly number[];
}

export function cifarVgg(options: CifarVggOptions = {}): Graph {
  const {
    convolutions = [2, 2, 2],
    channels = [32, 64, 128],
    classes = 10,
    resolution = 32,
  } = options;
  const layers = new Layers(`vgg-cifar${convolutions.reduce((a, b) => a + b, 1)}`, {
    seed: options.seed ?? 0,
    batchNorm: options.batchNorm ?? "nodes",
  });
  let x = layers.input(3, resolution);
  channels.forEach((width, stage) => {
    for (let i = 0; i < convolutions[stage]!; i++) {
      const name = `stage${stage + 1}`;
      x = layers.convBn(`${name}.conv${i + 1}`, `${name}.bn${i + 1}`, x, width, { kernel: 3 });
      x = layers.relu(`${name}.relu${i + 1}`, x);
    }
    x = layers.maxPool(`stage${stage + 1}.pool`, x, 2, 2);
  });
  return layers.finish(layers.linear("fc", layers.flatten("flatten", x), classes));
}
