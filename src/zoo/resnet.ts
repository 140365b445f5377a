/**
 * Residual networks for ImageNet (He et al., CVPR 2016), as torchvision builds them: stride 2 in the
 * 3x3 convolution of a bottleneck ("v1.5"), a 1x1 projection where the shape changes.
 */
import type { Graph } from "../graph/types.ts";
import { type Features, Layers, type NetworkOptions } from "./layers.ts";

export interface ResNetOptions extends NetworkOptions {
  /** Blocks in each of the four stages; the defaults are ResNet-18's. */
  readonly blocks?: readonly number[];
  readonly block?: "basic" | "bottleneck";
  /** Channels of the four stages, before a bottleneck's expansion by 4. Default 64, 128, 256, 512. */
  readonly channels?: readonly number[];
  readonly name?: string;
}

const EXPANSION = { basic: 1, bottleneck: 4 } as const;

export function resNet(options: ResNetOptions = {}): Graph {
  const {
    blocks = [2, 2, 2, 2],
    block = "basic",
    channels = [64, 128, 256, 512],
    classes = 1000,
    resolution = 224,
  } = options;
  const layers = new Layers(options.name ?? "resnet", {
    seed: options.seed ?? 0,
    batchNorm: options.batchNorm ?? "nodes",
  });
  let x = layers.convBn("conv1", "bn1", layers.input(3, resolution), channels[0]!, {
    kernel: 7,
    stride: 2,
  });
  x = layers.maxPool("maxpool", layers.relu("relu", x), 3, 2, 1);
  blocks.forEach((count, stage) => {
    for (let i = 0; i < count; i++) {
      const stride = stage > 0 && i === 0 ? 2 : 1;
      x = residual(layers, `layer${stage + 1}.${i}`, x, channels[stage]!, stride, block);
    }
  });
  return layers.finish(layers.linear("fc", layers.globalPool("avgpool", x), classes));
}

/** Blocks and kind of the named depths. */
export const RESNETS = {
  resnet18: { block: "basic", blocks: [2, 2, 2, 2] },
  resnet34: { block: "basic", blocks: [3, 4, 6, 3] },
  resnet50: { block: "bottleneck", blocks: [3, 4, 6, 3] },
} as const;

function residual(
  layers: Layers,
  name: string,
  x: Features,
  channels: number,
  stride: number,
  kind: "basic" | "bottleneck",
): Features {
  const outChannels = channels * EXPANSION[kind];
  const steps =
    kind === "basic"
      ? [
          { channels, kernel: 3, stride },
          { channels: outChannels, kernel: 3, stride: 1 },
        ]
      : [
          { channels, kernel: 1, stride: 1 },
          { channels, kernel: 3, stride },
          { channels: outChannels, kernel: 1, stride: 1 },
        ];
  let y = x;
  steps.forEach((step, i) => {
    y = layers.convBn(`${name}.conv${i + 1}`, `${name}.bn${i + 1}`, y, step.channels, step);
    if (i < steps.length - 1) y = layers.relu(`${name}.relu${i + 1}`, y);
  });
  const shortcut =
    stride === 1 && x.channels === outChannels
      ? x
      : layers.convBn(`${name}.downsample.0`, `${name}.downsample.1`, x, outChannels, {
          kernel: 1,
          stride,
        });
  return layers.relu(`${name}.relu`, layers.add(`${name}.sum`, y, shortcut));
}
