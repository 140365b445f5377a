/** `tidemark compare A [B]`: two networks, devices, precisions, hosts or batches, kernel by kernel. */
import { Command, InvalidArgumentError } from "commander";
import { UserError } from "../../base/errors.ts";
import { type ComparedUnit, comparePredictions } from "../../gpu/compare.ts";
import { compareBindings } from "../../gpu/compare-bindings.ts";
import { predict } from "../../gpu/predict.ts";
import { HOST_MODES, type HostMode, PRECISIONS, type Precision } from "../../gpu/types.ts";
import type { Graph } from "../../graph/types.ts";
import {
  type Column,
  type ComparedSide,
  compareText,
  limiterShift,
  relativeChange,
} from "../../report/index.ts";
import { loadDevice } from "../../study/index.ts";
import { aboutModel, MODEL_HELP, openModel } from "../model.ts";
import { type Formatted, formatOption, integer, positive, sizes } from "../options.ts";
import { printJson, printRows } from "../print.ts";
import { say, warn } from "../talk.ts";

/** The value of A and the value of B. */
type Pair<T> = readonly [T, T];

interface Options extends Formatted {
  readonly device: Pair<string>;
  readonly precision: Pair<Precision>;
  readonly host: Pair<HostMode>;
  readonly batch?: Pair<number>;
  readonly hostUs?: number;
  readonly dim: Readonly<Record<string, number>>;
}

const COLUMNS: readonly Column<ComparedUnit>[] = [
  { key: "nodesA", value: (u) => u.a?.nodes.join(" ") },
  { key: "nodesB", value: (u) => u.b?.nodes.join(" ") },
  { key: "alignedBy", value: (u) => u.alignedBy ?? undefined },
  { key: "kernelsA", value: (u) => u.a?.kernels.map((k) => k.name).join(" ") },
  { key: "kernelsB", value: (u) => u.b?.kernels.map((k) => k.name).join(" ") },
  { key: "gridA", value: (u) => u.a?.longest.grid.join("x") },
  { key: "gridB", value: (u) => u.b?.longest.grid.join("x") },
  { key: "wavesA", value: (u) => u.a?.longest.waves },
  { key: "wavesB", value: (u) => u.b?.longest.waves },
  { key: "smUtilizationA", value: (u) => u.a?.longest.smUtilization },
  { key: "smUtilizationB", value: (u) => u.b?.longest.smUtilization },
  { key: "timeUsA", value: (u) => u.a?.timeUs },
  { key: "timeUsB", value: (u) => u.b?.timeUs },
  { key: "deltaUs", value: (u) => u.deltaUs },
  {
    key: "change",
    value: (u) => (u.a && u.b ? relativeChange(u.a.timeUs, u.b.timeUs) : undefined),
  },
  { key: "limiterA", value: (u) => u.a?.limiter },
  { key: "limiterB", value: (u) => u.b?.limiter },
];

export const compare = () =>
  new Command("compare")
    .description("what makes B faster or slower than A, kernel by kernel")
    .argument("<a>", `the baseline: ${MODEL_HELP}`)
    .argument("[b]", "the other network (default: the same)")
    .option("-d, --device <a[,b]>", "device of both, or of each", pair(String), both("rtx-2080-ti"))
    .option("-b, --batch <a[,b]>", "batch size of both, or of each", pair(integer(1)))
    .option(
      "-p, --precision <a[,b]>",
      `arithmetic: ${PRECISIONS.join(", ")}`,
      pair(oneOf(PRECISIONS)),
      both("fp32"),
    )
    .option(
      "--host <a[,b]>",
      `how the host feeds the GPU: ${HOST_MODES.join(", ")}`,
      pair(oneOf(HOST_MODES)),
      both("eager"),
    )
    .option("--host-us <us>", "host time of one simple operator on your machine", positive)
    .option(
      "--dim <name=size>",
      "size of another free dimension (default: as the other network has it); repeat for more",
      sizes,
      {},
    )
    .addOption(formatOption())
    .action((nameA: string, nameB: string | undefined, options: Options) => {
      const names: Pair<string> = [nameA, nameB ?? nameA];
      requireDifference(names, options);
      const graphs: Pair<Graph> = [openModel(names[0]), openModel(names[1])];
      const { bind, taken } = compareBindings(...graphs, options.dim, options.batch !== undefined);
      sayTaken(names, taken);
      const [a, b] = ([0, 1] as const).map((at) =>
        side(names[at], graphs[at], bind[at], options, at),
      ) as [ComparedSide, ComparedSide];
      const comparison = comparePredictions(a.prediction, b.prediction);
      if (options.format === "table") {
        const width = process.stdout.isTTY ? { width: process.stdout.columns } : {};
        process.stdout.write(compareText(a, b, comparison, width));
      } else if (options.format === "csv") printRows(COLUMNS, comparison.units, "csv");
      else
        printJson({
          a: summary(a),
          b: summary(b),
          totals: comparison.totals.map((t) => ({ ...t, change: relativeChange(t.a, t.b) })),
          units: comparison.units.map((u) => ({ ...u, limiter: limiterShift(u) })),
        });
      for (const { label, prediction } of [a, b])
        for (const gap of prediction.gaps)
          warn(`${label}: ${gap.op} (${gap.count}): ${gap.reason}`);
    });

function sayTaken(names: Pair<string>, taken: Pair<Readonly<Record<string, number>>>): void {
  taken.forEach((sizes, at) => {
    const list = Object.entries(sizes).map(([name, size]) => `${name}=${size}`);
    if (list.length > 0) say(`${names[at]}: ${list.join(", ")}, as in ${names[1 - at]}`);
  });
}

function side(
  name: string,
  graph: Graph,
  bind: Readonly<Record<string, number>>,
  options: Options,
  at: 0 | 1,
): ComparedSide {
  const device = loadDevice(options.device[at]);
  const prediction = aboutModel(name, () =>
    predict(graph, {
      device,
      precision: options.precision[at],
      host: options.host[at],
      bind,
      ...(options.batch === undefined ? {} : { batch: options.batch[at] }),
      ...(options.hostUs === undefined ? {} : { hostUsPerOp: options.hostUs }),
    }),
  );
  const { precision, batch, host } = prediction;
  return {
    label: `${name} on ${device.name}, ${precision}, batch ${batch}, host ${host}`,
    prediction,
  };
}

/** All but the kernels, which stand in the units. */
function summary({ label, prediction }: ComparedSide) {
  const { kernels: _, ...rest } = prediction;
  return { label, ...rest };
}

function requireDifference(names: Pair<string>, options: Options): void {
  const { device, precision, host, batch } = options;
  if ([names, device, precision, host, batch].some((p) => p !== undefined && p[0] !== p[1])) return;
  throw new UserError(`A and B are the same: ${names[0]} on ${device[0]}`, {
    hint: "give a second network, or two values of --device, --precision, --host or --batch: --device v100-sxm2,t4",
    exitCode: 2,
  });
}

function both<T>(value: T): Pair<T> {
  return [value, value];
}

/** One value for both sides, or two with a comma. */
function pair<T>(parse: (text: string) => T): (text: string) => Pair<T> {
  return (text) => {
    const parts = text.split(",").map((part) => part.trim());
    if (parts.length > 2 || parts.some((part) => part === ""))
      throw new InvalidArgumentError("expected one value, or two with a comma: A,B.");
    const [a = "", b = a] = parts;
    return [parse(a), parse(b)];
  };
}

function oneOf<T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined)
      throw new InvalidArgumentError(`allowed choices are ${choices.join(", ")}.`);
    return found;
  };
}
