/**
 * The NAS-Bench-201 cell space: an operator on each of six edges, 15,625 networks, all of them
 * trained to the end by the benchmark's authors.
 */
import { z } from "zod";
import { nasBench201Predictor } from "../../gpu/nasbench201.ts";
import { predict as predictNetwork } from "../../gpu/predict.ts";
import type { Graph } from "../../graph/types.ts";
import { analyze } from "../../ops/analyze.ts";
import { parametricSpace } from "../../search/parametric-space.ts";
import type { Design } from "../../search/types.ts";
import {
  CELL_EDGES,
  CELL_OPERATIONS,
  type CellOperation,
  cellString,
  nasBench201,
} from "../../zoo/index.ts";
import { loadDevice } from "../devices.ts";
import { type Counts, defineSpace, type MeasuredColumn } from "../kinds.ts";
import { countsOf } from "../network.ts";
import { cellIndex, loadNasBench201 } from "./nasbench201-table.ts";

export const DATASETS = {
  cifar10: { accuracy: "c10_test_e200", classes: 10, resolution: 32, title: "CIFAR-10" },
  cifar100: { accuracy: "c100_test_e200", classes: 100, resolution: 32, title: "CIFAR-100" },
  imagenet16: {
    accuracy: "in16_test_e200",
    classes: 120,
    resolution: 16,
    title: "ImageNet16-120",
  },
} as const;

/** Edge 0->1 is `e01`. */
const EDGES = CELL_EDGES.map(([from, to]) => `e${from}${to}`);
/** Columns that identify a row, and `params`, which counts the CIFAR-10 networks only. */
const HIDDEN = new Set(["idx", "ops", "iso", "params"]);

export const nasbench201 = defineSpace({
  kind: "nasbench201",
  summary: "15,625 trained cell networks with measured accuracy (CIFAR-10, -100, ImageNet16-120)",
  schema: z.strictObject({
    kind: z.literal("nasbench201"),
    dataset: z
      .enum(["cifar10", "cifar100", "imagenet16"])
      .default("cifar10")
      .describe("what `accuracy` means, and the size of the images"),
  }),
  paths: [],
  networks: true,
  measures: ["accuracy"],
  async build(spec, { objectives, constraints }) {
    const { accuracy, classes, resolution, title } = DATASETS[spec.dataset];
    const aliases = new Map<string, string>([["accuracy", accuracy]]);
    // The table counts the CIFAR-10 networks; those of the other data sets have other classifiers.
    if (spec.dataset === "cifar10") aliases.set("params", "params").set("macs", "flops_c10");
    const wanted = [...objectives, ...constraints];
    const table = loadNasBench201(wanted.map((name) => aliases.get(name) ?? name));
    const columns = new Map<string, MeasuredColumn>();
    for (const name of [...aliases.keys(), ...table.names]) {
      if (HIDDEN.has(name) && !aliases.has(name)) continue;
      const column = aliases.get(name) ?? name;
      let data: Float64Array | undefined;
      columns.set(name, {
        ...meaning(column),
        read(design) {
          data ??= table.column(column);
          return data[cellIndex(digitsOf(design))]!;
        },
      });
    }
    const options = { classes, resolution };
    let counts: ((design: Design) => Counts) | undefined;
    const graph = (design: Design) => nasBench201(cellString(cellOf(design)), options);
    return {
      space: parametricSpace(
        Object.fromEntries(
          EDGES.map((edge) => [edge, { type: "categorical", values: CELL_OPERATIONS }]),
        ),
        { describe: (design) => cellString(cellOf(design)) },
      ),
      columns,
      notes: [`space: NAS-Bench-201 (Dong & Yang, ICLR 2020), ${title}`],
      graph,
      counts: (design) => {
        counts ??= cellCounts(graph);
        return counts(design);
      },
      predictor(setting) {
        const device = loadDevice(setting.device);
        const predict = nasBench201Predictor({ ...setting, device, ...options });
        const example = predictNetwork(graph(EXAMPLE), { ...setting, device });
        return { predict: (design) => predict(cellOf(design)), notes: example.notes };
      },
    };
  },
});

/**
 * Counts without building each network. Every edge computes its operator on the same shapes
 * whatever the others do, so a count is that of the cell of `none` plus, for each edge, a sixth of
 * what six such operators add.
 */
function cellCounts(graph: (design: Design) => Graph): (design: Design) => Counts {
  const uniform = CELL_OPERATIONS.map((op) =>
    countsOf(
      analyze(graph(Object.fromEntries(EDGES.map((edge) => [edge, op]))), { bind: { batch: 1 } }),
    ),
  );
  const none = uniform[0]!;
  return (design) => {
    const digits = digitsOf(design);
    const total = (name: keyof Counts) =>
      digits.reduce((sum, k) => sum + (uniform[k]![name] - none[name]) / EDGES.length, none[name]);
    return { params: total("params"), macs: total("macs"), flops: total("flops") };
  };
}

/** What the notes on a prediction are taken from: they are the same for all cells. */
const EXAMPLE: Design = Object.fromEntries(EDGES.map((edge) => [edge, "nor_conv_3x3"]));

const DIGITS: ReadonlyMap<unknown, number> = new Map(CELL_OPERATIONS.map((op, i) => [op, i]));

function digitsOf(design: Design): number[] {
  return EDGES.map((edge) => DIGITS.get(design[edge])!);
}

function cellOf(design: Design): CellOperation[] {
  return EDGES.map((edge) => design[edge] as CellOperation);
}

/** Unit and better direction of a column, by the naming of the table. */
function meaning(column: string): Pick<MeasuredColumn, "unit" | "goal" | "note"> {
  if (/_(test|val)_e(12|200)$/.test(column))
    return { unit: "%", goal: "maximize", note: `NAS-Bench-201's ${column}` };
  if (column.startsWith("lat_ms_"))
    return {
      unit: "ms",
      goal: "minimize",
      note: `measured latency ${column} (HW-NAS-Bench, HELP)`,
    };
  if (column.startsWith("energy_mj_"))
    return { unit: "mJ", goal: "minimize", note: `energy ${column} (HW-NAS-Bench)` };
  if (column === "flops_c10") return { unit: "MAC", goal: "minimize" };
  return { unit: "", goal: "minimize" };
}
