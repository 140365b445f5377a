/**
 * The networks of NAS-Bench-201 as the benchmark's authors build and run them (Dong & Yang, ICLR
 * 2020; `TinyNetwork` of D-X-Y/AutoDL-Projects): a 3x3 stem, three stages of cells at 16, 32 and 64
 * channels with residual reduction blocks in between, batch normalization and ReLU, global average,
 * linear classifier.
 *
 * Nothing is simplified, because the measured latencies are of this form: an edge that reaches no
 * output is computed, `none` multiplies by zero, and each node's sum starts from zero.
 */
import type { Graph } from "../graph/types.ts";
import { type Features, Layers, type NetworkOptions } from "./layers.ts";
import {
  CELL_EDGES,
  type Cell,
  type CellOperation,
  cellCode,
  parseCell,
} from "./nasbench201-cell.ts";

export interface NasBench201Options extends NetworkOptions {
  /** Channels of the first stage; the others have two and four times as many. Default 16. */
  readonly channels?: number;
  /** Cells in each stage; default 5. */
  readonly cells?: number;
}

/**
 * @param arch `|nor_conv_3x3~0|+|…|+|…|` or the six-digit code
 * @throws UserError for a malformed cell
 */
export function nasBench201(arch: string, options: NasBench201Options = {}): Graph {
  const { channels = 16, cells = 5, classes = 10, resolution = 32 } = options;
  const cell = parseCell(arch);
  const layers = new Layers(
    "nasbench201",
    { seed: options.seed ?? 0, batchNorm: options.batchNorm ?? "nodes" },
    { cell: cellCode(cell) },
  );
  let x = layers.convBn("stem.0", "stem.1", layers.input(3, resolution), channels, { kernel: 3 });
  let index = 0;
  for (let stage = 0; stage < 3; stage++) {
    if (stage > 0) x = reduction(layers, `cells.${index++}`, x);
    for (let i = 0; i < cells; i++) x = inferCell(layers, `cells.${index++}`, cell, x);
  }
  x = layers.relu("lastact.1", layers.batchNorm("lastact.0", x));
  return layers.finish(
    layers.linear("classifier", layers.globalPool("global_pooling", x), classes),
  );
}

/**
 * A network's multiply-accumulates as the benchmark's tables count them (their `flops`): those of
 * convolutions and classifier, and one more for the bias of each class.
 */
export function benchmarkFlops(macs: number, classes = 10): number {
  return macs + classes;
}

/** One cell; the number of channels stays. */
function inferCell(layers: Layers, name: string, cell: Cell, input: Features): Features {
  const nodes = [input];
  for (let target = 1; target <= 3; target++) {
    let sum: Features | undefined;
    CELL_EDGES.forEach(([from, to], edge) => {
      if (to !== target) return;
      const term = operate(layers, `${name}.layers.${edge}`, cell[edge]!, nodes[from]!);
      const at = `${name}.node.${target}.sum.${from}`;
      sum = sum === undefined ? layers.addZero(at, term) : layers.add(at, sum, term);
    });
    nodes.push(sum!);
  }
  return nodes[3]!;
}

function operate(layers: Layers, name: string, operation: CellOperation, x: Features): Features {
  switch (operation) {
    case "none":
      return layers.mulZero(name, x);
    case "skip_connect":
      return x;
    case "nor_conv_1x1":
      return reluConvBn(layers, name, x, x.channels, 1, 1);
    case "nor_conv_3x3":
      return reluConvBn(layers, name, x, x.channels, 3, 1);
    case "avg_pool_3x3":
      return layers.avgPool(name, x, 3, 1, 1);
  }
}

/** `ResNetBasicblock` at stride 2: half the side, twice the channels. */
function reduction(layers: Layers, name: string, x: Features): Features {
  const channels = 2 * x.channels;
  const a = reluConvBn(layers, `${name}.conv_a`, x, channels, 3, 2);
  const b = reluConvBn(layers, `${name}.conv_b`, a, channels, 3, 1);
  const pooled = layers.avgPool(`${name}.downsample.0`, x, 2, 2);
  const shortcut = layers.conv(`${name}.downsample.1`, pooled, channels, { kernel: 1 });
  return layers.add(`${name}.sum`, shortcut, b);
}

function reluConvBn(
  layers: Layers,
  name: string,
  x: Features,
  channels: number,
  kernel: number,
  stride: number,
): Features {
  const active = layers.relu(`${name}.op.0`, x);
  return layers.convBn(`${name}.op.1`, `${name}.op.2`, active, channels, { kernel, stride });
}
