/**
 * Networks of FBNet's search space (Wu et al., CVPR 2019, table 1): 22 layers in seven stages, each
 * one of nine blocks; as the latency tables of HW-NAS-Bench (ICLR 2021) and HELP build them. At the
 * resolution of CIFAR the stem and the second stage have stride 1, and the head has 1504 channels.
 */
import { UserError } from "../base/errors.ts";
import type { Graph } from "../graph/types.ts";
import { type Features, Layers, type NetworkOptions } from "./layers.ts";

export interface FbnetOptions extends NetworkOptions {
  /** 22 blocks; default: `k3_e6` in all. */
  readonly blocks?: string | readonly number[];
}

interface Block {
  readonly name: string;
  readonly kernel: number;
  readonly expansion: number;
  /** Groups of the two 1x1 convolutions. */
  readonly groups: number;
}

const block = (kernel: number, expansion: number, groups = 1): Block => ({
  name: `k${kernel}_e${expansion}${groups > 1 ? `_g${groups}` : ""}`,
  kernel,
  expansion,
  groups,
});

/** By index; `undefined` is a skip. */
const BLOCKS: readonly (Block | undefined)[] = [
  block(3, 1),
  block(3, 1, 2),
  block(3, 3),
  block(3, 6),
  block(5, 1),
  block(5, 1, 2),
  block(5, 3),
  block(5, 6),
  undefined,
];

export const FBNET_BLOCKS: readonly string[] = BLOCKS.map((b) => b?.name ?? "skip");

const STAGE_LAYERS = [1, 4, 4, 4, 4, 4, 1];
const STAGE_CHANNELS = [16, 24, 32, 64, 112, 184, 352];
const STEM_CHANNELS = 16;
export const FBNET_LAYERS = STAGE_LAYERS.reduce((a, b) => a + b, 0);

/** Up to this side the images are CIFAR's. */
const SMALL = 64;
const IMAGENET = { stem: 2, strides: [1, 2, 2, 2, 1, 2, 1], head: 1984 };
const CIFAR = { stem: 1, strides: [1, 1, 2, 2, 1, 2, 1], head: 1504 };

/**
 * Blocks as indices into FBNET_BLOCKS, or as their names, separated by spaces or commas.
 *
 * @throws UserError for another number of blocks, or an unknown one
 */
export function parseFbnet(text: string): readonly number[] {
  const parts = text.split(/[\s,]+/).filter((part) => part !== "");
  const blocks = parts.map((part) => {
    const index = /^\d$/.test(part) ? Number(part) : FBNET_BLOCKS.indexOf(part);
    if (index < 0 || index >= BLOCKS.length)
      throw new UserError(`fbnet: unknown block '${part}'`, {
        hint: `use 0 to ${BLOCKS.length - 1}, or ${FBNET_BLOCKS.join(", ")}`,
        exitCode: 2,
      });
    return index;
  });
  if (blocks.length !== FBNET_LAYERS)
    throw new UserError(`fbnet: ${blocks.length} blocks, expected ${FBNET_LAYERS}`, {
      hint: `give one of ${FBNET_BLOCKS.join(", ")} for each layer`,
      exitCode: 2,
    });
  return blocks;
}

/** @throws UserError as `parseFbnet` does */
export function fbnet(options: FbnetOptions = {}): Graph {
  const { classes = 1000, resolution = 224 } = options;
  const given = options.blocks ?? FBNET_BLOCKS[3]!.concat(" ").repeat(FBNET_LAYERS);
  const blocks = parseFbnet(typeof given === "string" ? given : given.join(" "));
  const form = resolution <= SMALL ? CIFAR : IMAGENET;
  const layers = new Layers("fbnet", {
    seed: options.seed ?? 0,
    batchNorm: options.batchNorm ?? "nodes",
  });
  let x = convNorm(layers, "stem", layers.input(3, resolution), STEM_CHANNELS, 3, form.stem);
  let index = 0;
  STAGE_LAYERS.forEach((count, stage) => {
    for (let i = 0; i < count; i++) {
      const stride = i === 0 ? form.strides[stage]! : 1;
      const channels = STAGE_CHANNELS[stage]!;
      const kind = BLOCKS[blocks[index]!];
      const name = `cells.${index++}`;
      x =
        kind === undefined
          ? skip(layers, name, x, channels, stride)
          : inverted(layers, name, x, channels, stride, kind);
    }
  });
  x = convNorm(layers, "header", x, form.head, 1, 1);
  return layers.finish(layers.linear("fc", layers.globalPool("avgpool", x), classes));
}

/** 1x1, depthwise, 1x1; channels shuffled between two grouped ones. */
function inverted(
  layers: Layers,
  name: string,
  x: Features,
  channels: number,
  stride: number,
  { kernel, expansion, groups }: Block,
): Features {
  const hidden = x.channels * expansion;
  const step = (i: number, from: Features, to: number, shape: Parameters<Layers["conv"]>[3]) =>
    layers.convBn(`${name}.conv${i}`, `${name}.bn${i}`, from, to, shape);
  let y = layers.relu(`${name}.nl1`, step(1, x, hidden, { kernel: 1, groups }));
  if (groups > 1) y = layers.shuffle(`${name}.shuffle`, y, groups);
  y = layers.relu(`${name}.nl2`, step(2, y, hidden, { kernel, stride, groups: hidden }));
  y = step(3, y, channels, { kernel: 1, groups });
  return x.channels === channels && stride === 1 ? layers.add(`${name}.sum`, y, x) : y;
}

/** Nothing where the shape stays, else a 1x1 convolution. */
function skip(layers: Layers, name: string, x: Features, channels: number, stride: number) {
  return x.channels === channels && stride === 1
    ? x
    : convNorm(layers, name, x, channels, 1, stride);
}

function convNorm(
  layers: Layers,
  name: string,
  x: Features,
  channels: number,
  kernel: number,
  stride: number,
): Features {
  const y = layers.convBn(`${name}.conv`, `${name}.bn`, x, channels, { kernel, stride });
  return layers.relu(`${name}.relu`, y);
}
