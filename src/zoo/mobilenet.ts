/** MobileNetV2 (Sandler et al., CVPR 2018) as torchvision builds it. */
import type { Graph } from "../graph/types.ts";
import { type Features, Layers, type NetworkOptions } from "./layers.ts";

export interface MobileNetV2Options extends NetworkOptions {
  /** Factor on all channels, rounded to multiples of 8; default 1. */
  readonly width?: number;
  /** Blocks in each of the seven stages; default 1, 2, 3, 4, 3, 3, 1. */
  readonly blocks?: readonly number[];
  /** Hidden channels of an inverted residual for each input channel, after stage 1; default 6. */
  readonly expansion?: number;
}

const STAGE_CHANNELS = [16, 24, 32, 64, 96, 160, 320];
const STAGE_STRIDES = [1, 2, 2, 2, 1, 2, 1];
const STEM_CHANNELS = 32;
const LAST_CHANNELS = 1280;

export function mobileNetV2(options: MobileNetV2Options = {}): Graph {
  const {
    width = 1,
    blocks = [1, 2, 3, 4, 3, 3, 1],
    expansion = 6,
    classes = 1000,
    resolution = 224,
  } = options;
  const layers = new Layers("mobilenet_v2", {
    seed: options.seed ?? 0,
    batchNorm: options.batchNorm ?? "nodes",
  });
  let index = 0;
  let x = convBnRelu6(
    layers,
    `features.${index++}`,
    layers.input(3, resolution),
    divisibleBy8(STEM_CHANNELS * width),
    { kernel: 3, stride: 2 },
  );
  blocks.forEach((count, stage) => {
    for (let i = 0; i < count; i++)
      x = invertedResidual(layers, `features.${index++}.conv`, x, {
        channels: divisibleBy8(STAGE_CHANNELS[stage]! * width),
        stride: i === 0 ? STAGE_STRIDES[stage]! : 1,
        expansion: stage === 0 ? 1 : expansion,
      });
  });
  x = convBnRelu6(
    layers,
    `features.${index}`,
    x,
    divisibleBy8(LAST_CHANNELS * Math.max(1, width)),
    { kernel: 1 },
  );
  return layers.finish(layers.linear("classifier.1", layers.globalPool("avgpool", x), classes));
}

function invertedResidual(
  layers: Layers,
  name: string,
  x: Features,
  shape: { readonly channels: number; readonly stride: number; readonly expansion: number },
): Features {
  const hidden = Math.round(x.channels * shape.expansion);
  let index = 0;
  let y = x;
  if (shape.expansion !== 1)
    y = convBnRelu6(layers, `${name}.${index++}`, y, hidden, { kernel: 1 });
  y = convBnRelu6(layers, `${name}.${index++}`, y, hidden, {
    kernel: 3,
    stride: shape.stride,
    groups: hidden,
  });
  y = layers.convBn(`${name}.${index}`, `${name}.${index + 1}`, y, shape.channels, { kernel: 1 });
  return shape.stride === 1 && x.channels === shape.channels ? layers.add(`${name}.sum`, x, y) : y;
}

function convBnRelu6(
  layers: Layers,
  name: string,
  x: Features,
  channels: number,
  options: { readonly kernel: number; readonly stride?: number; readonly groups?: number },
): Features {
  return layers.relu6(`${name}.2`, layers.convBn(`${name}.0`, `${name}.1`, x, channels, options));
}

/** The nearest multiple of 8 that loses no more than a tenth (the authors' `_make_divisible`). */
export function divisibleBy8(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}
