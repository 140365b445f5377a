/**
 * The residual networks for CIFAR (He et al., CVPR 2016, section 4.2): depth 6n + 2, three stages at
 * 16, 32 and 64 channels; a fourth stage is ours. Where the shape changes the shortcut is a 1x1 projection with batch
 * normalization; the paper's own parameter-free shortcut (option A) has some thousand parameters
 * fewer.
 */
import { UserError } from "../base/errors.ts";
import type { Graph } from "../graph/types.ts";
import { type Features, Layers, type NetworkOptions } from "./layers.ts";

export interface CifarResNetOptions extends NetworkOptions {
  /** Two layers for each of n blocks a stage, and 2: 6n + 2 with three stages. Default 20. */
  readonly depth?: number;
  /** Channels of each stage, which is how many there are; default 16, 32, 64. */
  readonly channels?: readonly number[];
}

export function cifarResNet(options: CifarResNetOptions = {}): Graph {
  const { depth = 20, channels = [16, 32, 64], classes = 10, resolution = 32 } = options;
  const layersPerBlock = 2 * channels.length;
  const blocks = (depth - 2) / layersPerBlock;
  if (!Number.isInteger(blocks) || blocks < 1)
    throw new UserError(`CIFAR ResNet: depth ${depth}, expected ${layersPerBlock}n + 2`, {
      hint: `choose ${channels.length === 3 ? "20, 32, 44, 56 or 110" : [1, 2, 3, 4].map((n) => layersPerBlock * n + 2).join(", ")}`,
      exitCode: 2,
    });
  const layers = new Layers(`resnet${depth}`, {
    seed: options.seed ?? 0,
    batchNorm: options.batchNorm ?? "nodes",
  });
  let x = layers.convBn("conv1", "bn1", layers.input(3, resolution), channels[0]!, { kernel: 3 });
  x = layers.relu("relu", x);
  channels.forEach((width, stage) => {
    for (let i = 0; i < blocks; i++)
      x = block(layers, `layer${stage + 1}.${i}`, x, width, stage > 0 && i === 0 ? 2 : 1);
  });
  return layers.finish(layers.linear("fc", layers.globalPool("avgpool", x), classes));
}

function block(
  layers: Layers,
  name: string,
  x: Features,
  channels: number,
  stride: number,
): Features {
  let y = layers.convBn(`${name}.conv1`, `${name}.bn1`, x, channels, { kernel: 3, stride });
  y = layers.relu(`${name}.relu1`, y);
  y = layers.convBn(`${name}.conv2`, `${name}.bn2`, y, channels, { kernel: 3 });
  const shortcut =
    stride === 1 && x.channels === channels
      ? x
      : layers.convBn(`${name}.downsample.0`, `${name}.downsample.1`, x, channels, {
          kernel: 1,
          stride,
        });
  return layers.relu(`${name}.relu`, layers.add(`${name}.sum`, y, shortcut));
}
