/**
 * VGG (Simonyan & Zisserman, ICLR 2015) as torchvision builds it. The classifier expects a 7x7 map:
 * larger maps are pooled to it, smaller ones are taken as they are (its first layer then has fewer
 * inputs than torchvision's, which repeats pixels).
 */
import type { Graph } from "../graph/types.ts";
import { type Features, Layers, type NetworkOptions } from "./layers.ts";

export interface VggOptions extends NetworkOptions {
  /** Convolutions in each of the five stages; default 2, 2, 3, 3, 3 (VGG-16). */
  readonly convolutions?: readonly number[];
  /** Channels of the five stages; default 64, 128, 256, 512, 512. */
  readonly channels?: readonly number[];
  /** Features of the two hidden linear layers; default 4096. */
  readonly hidden?: number;
  /** Batch normalization after each convolution (VGG-16-BN); default false. */
  readonly normalized?: boolean;
}

const POOLED = 7;

export function vgg(options: VggOptions = {}): Graph {
  const {
    convolutions = [2, 2, 3, 3, 3],
    channels = [64, 128, 256, 512, 512],
    hidden = 4096,
    normalized = false,
    classes = 1000,
    resolution = 224,
  } = options;
  const depth = convolutions.reduce((a, b) => a + b, 3);
  const layers = new Layers(`vgg${depth}`, {
    seed: options.seed ?? 0,
    batchNorm: options.batchNorm ?? "nodes",
  });
  let x = layers.input(3, resolution);
  let index = 0;
  convolutions.forEach((count, stage) => {
    for (let i = 0; i < count; i++) {
      const name = `features.${index++}`;
      const shape = { kernel: 3, bias: true };
      x = normalized
        ? layers.convBn(name, `features.${index++}`, x, channels[stage]!, shape)
        : layers.conv(name, x, channels[stage]!, shape);
      x = layers.relu(`features.${index++}`, x);
    }
    x = layers.maxPool(`features.${index++}`, x, 2, 2);
  });
  let y = layers.flatten("flatten", poolTo(layers, x, POOLED));
  y = layers.activate("classifier.1", layers.linear("classifier.0", y, hidden));
  y = layers.activate("classifier.4", layers.linear("classifier.3", y, hidden));
  return layers.finish(layers.linear("classifier.6", y, classes));
}

/** Average pooling with equal windows to a map of `side`; exact where adaptive pooling's are equal. */
function poolTo(layers: Layers, x: Features, side: number): Features {
  if (x.size <= side) return x;
  const stride = Math.floor(x.size / side);
  return layers.avgPool("avgpool", x, x.size - (side - 1) * stride, stride);
}
