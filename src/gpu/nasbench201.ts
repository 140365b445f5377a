/**
 * NAS-Bench-201 networks by the thousand. All of them are made of the same few layers, so each layer
 * is analysed and lowered once, on the ordinary graph by the ordinary code; a network is then strung
 * together of them and put on the two clocks. The result is that of `predict(nasBench201(cell))`, to
 * the last bit.
 */
import { invariant } from "../base/errors.ts";
import { analyze } from "../ops/analyze.ts";
import type { AnalyzedNode } from "../ops/types.ts";
import {
  CELL_EDGES,
  CELL_OPERATIONS,
  type Cell,
  type CellOperation,
  cellCode,
  type NasBench201Options,
  nasBench201,
  parseCell,
} from "../zoo/index.ts";
import { fused } from "./fusion.ts";
import { hostFigures, hostUsOf } from "./host.ts";
import { requirePrecision } from "./kernels/index.ts";
import { type Launch, lower, type Target } from "./lower.ts";
import type { PredictOptions } from "./predict.ts";
import { type Program, programOf } from "./program.ts";
import { runTimeline } from "./timeline.ts";

export interface NasBench201Timing {
  readonly latencyMs: number;
  readonly gpuMs: number;
  readonly hostMs: number;
  readonly params: number;
  readonly macs: number;
}

export type NasBench201PredictOptions = Omit<PredictOptions, "bind" | "batch"> &
  NasBench201Options & { readonly batch: number };

/** A layer that all networks share; `id` counts them. */
interface Item {
  readonly id: number;
  readonly node: AnalyzedNode;
}

/** Consecutive nodes with one input and, in the last one, one result. */
interface Segment {
  readonly items: readonly Item[];
  /** Producers by place in the segment; -1 is the segment's input. */
  readonly feeds: readonly (readonly number[])[];
}

/** Launches by the sequence of layers in them. */
interface Known {
  launch: Launch | undefined;
  readonly next: (Known | undefined)[];
}

/** A function from a cell to the network's latency. Building it takes some milliseconds. */
export function nasBench201Predictor(
  options: NasBench201PredictOptions,
): (cell: string | Cell) => NasBench201Timing {
  const { device, batch, precision = "fp32", host = "eager" } = options;
  requirePrecision(device, precision);
  const figures = hostFigures(host, hostUsOf(device, host, options.hostUsPerOp));
  const tuned = figures.fuses || options.tuned === true;
  const { channelsLast } = options;
  const target: Target = { device, precision, host: figures, tuned, channelsLast };
  const parts = partsOf(options, batch);
  const known: Known = { launch: undefined, next: [] };

  const launchOf = (group: readonly number[], items: readonly Item[]): Launch => {
    let at = known;
    for (const i of group) at = at.next[items[i]!.id] ??= { launch: undefined, next: [] };
    at.launch ??= lower(
      group.map((i) => items[i]!.node),
      target,
    );
    return at.launch;
  };

  return (given) => {
    const cell = typeof given === "string" ? parseCell(given) : given;
    const network = assemble(parts, cell, options.cells ?? 5);
    const launches = figures.fuses
      ? fused(network).map((group) => launchOf(group, network.items))
      : network.items.map((_, i) => launchOf([i], network.items));
    const { latencyUs, gpuUs, hostUs } = runTimeline(launches, figures);
    let params = 0;
    let macs = 0;
    for (const { node } of network.items) {
      params += node.params;
      macs += node.macs;
    }
    return {
      latencyMs: latencyUs / 1000,
      gpuMs: gpuUs / 1000,
      hostMs: hostUs / 1000,
      params,
      macs,
    };
  };
}

interface Parts {
  readonly stem: Segment;
  readonly stages: readonly Stage[];
  readonly head: Segment;
}

interface Stage {
  readonly reduction: Segment | undefined;
  readonly operations: Readonly<Record<CellOperation, Segment>>;
  /** x + 0. */
  readonly first: Item;
  /** x + y. */
  readonly add: Item;
}

/** Layers of the last networks that were asked for: they depend on no device, and tables have many. */
const PARTS = new Map<string, Parts>();
const MOST_PARTS = 8;

function partsOf(options: NasBench201Options, batch: number): Parts {
  const { cells, classes, resolution, batchNorm, seed, channels } = options;
  const key = JSON.stringify([batch, cells, classes, resolution, batchNorm, seed, channels]);
  let parts = PARTS.get(key);
  if (parts === undefined) {
    parts = layersOf(options, batch);
    if (PARTS.size >= MOST_PARTS) PARTS.delete(PARTS.keys().next().value!);
    PARTS.set(key, parts);
  }
  return parts;
}

/** Takes the layers out of five networks, one for each operation on all edges. */
function layersOf(options: NasBench201Options, batch: number): Parts {
  let ids = 0;
  const cells = options.cells ?? 5;
  /** Nodes of the network `operation` whose names begin with one of `prefixes`. */
  const programs = Object.fromEntries(
    CELL_OPERATIONS.map((operation) => {
      const graph = nasBench201(cellCode(CELL_EDGES.map(() => operation)), options);
      return [operation, programOf(analyze(graph, { bind: { batch } }))];
    }),
  ) as Record<CellOperation, Program>;
  const segment = (operation: CellOperation, ...prefixes: readonly string[]): Segment => {
    const program = programs[operation];
    const places = program.nodes.flatMap((n, i) =>
      prefixes.some((p) => n.node.name === p || n.node.name.startsWith(`${p}.`)) ? [i] : [],
    );
    return {
      items: places.map((i) => ({ id: ids++, node: program.nodes[i]! })),
      feeds: places.map((i) => program.producers[i]!.map((p) => places.indexOf(p))),
    };
  };
  const single = (name: string): Item => {
    const { items } = segment("skip_connect", name);
    invariant(items.length === 1, `${items.length} nodes named ${name}`);
    return items[0]!;
  };
  return {
    stem: segment("skip_connect", "stem"),
    stages: [0, 1, 2].map((stage) => {
      const first = stage * (cells + 1);
      return {
        reduction: stage === 0 ? undefined : segment("skip_connect", `cells.${first - 1}`),
        operations: Object.fromEntries(
          CELL_OPERATIONS.map((o) => [o, segment(o, `cells.${first}.layers.0`)]),
        ) as Record<CellOperation, Segment>,
        first: single(`cells.${first}.node.1.sum.0`),
        add: single(`cells.${first}.node.2.sum.1`),
      };
    }),
    head: segment("skip_connect", "lastact", "global_pooling", "classifier"),
  };
}

interface Network extends Program {
  readonly items: readonly Item[];
}

/** The program of a cell's network, as `programOf` would have it. */
function assemble(parts: Parts, cell: Cell, cells: number): Network {
  const items: Item[] = [];
  const nodes: AnalyzedNode[] = [];
  const producers: (readonly number[])[] = [];
  const uses: number[] = [];
  const push = (item: Item, feeds: readonly number[]): number => {
    items.push(item);
    nodes.push(item.node);
    producers.push(feeds);
    uses.push(0);
    if (item.node.work.kind !== "view") for (const f of feeds) uses[f]!++;
    return items.length - 1;
  };
  const append = (segment: Segment, input: number): number => {
    const base = items.length;
    let last = input;
    segment.items.forEach((item, i) => {
      const feeds = segment.feeds[i]!.map((f) => (f < 0 ? input : base + f));
      last = push(item, feeds);
    });
    return last;
  };
  let x = append(parts.stem, -1);
  for (const stage of parts.stages) {
    if (stage.reduction !== undefined) x = append(stage.reduction, x);
    for (let i = 0; i < cells; i++) {
      const values = [x];
      for (let target = 1; target <= 3; target++) {
        let sum = -1;
        CELL_EDGES.forEach(([from, to], edge) => {
          if (to !== target) return;
          const term = append(stage.operations[cell[edge]!], values[from]!);
          sum = sum < 0 ? push(stage.first, [term]) : push(stage.add, [sum, term]);
        });
        values.push(sum);
      }
      x = values[3]!;
    }
  }
  const last = append(parts.head, x);
  uses[last]!++;
  return { items, nodes, producers, uses };
}
