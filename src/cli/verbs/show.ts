/** `tidemark show MODEL`: what a network is made of, node by node, and what each node costs in arithmetic. */
import { Command } from "commander";
import { bindBatch } from "../../gpu/batch.ts";
import type { ValueType } from "../../graph/types.ts";
import { analyze } from "../../ops/analyze.ts";
import type { Analysis, AnalyzedNode } from "../../ops/types.ts";
import { type Column, formatSi } from "../../report/index.ts";
import { aboutModel, MODEL_HELP, openModel } from "../model.ts";
import { type Formatted, formatOption, integer, sizes } from "../options.ts";
import { printJson, printRows } from "../print.ts";
import { say, warn } from "../talk.ts";

interface Options extends Formatted {
  readonly batch?: number;
  readonly dim: Readonly<Record<string, number>>;
}

const COLUMNS: readonly Column<AnalyzedNode>[] = [
  { key: "name", value: (n) => n.node.name },
  { key: "op", value: (n) => n.node.op, keep: true },
  { key: "output", value: (n) => n.outputs.map(typeText).join(" ") },
  { key: "macs", label: "MACs", value: (n) => n.macs, text: (n) => amount(n.macs) },
  { key: "flops", label: "other FLOPs", value: (n) => n.flops, text: (n) => amount(n.flops) },
  { key: "params", value: (n) => n.params, text: (n) => amount(n.params) },
  {
    key: "bytesRead",
    label: "read",
    unit: "B",
    value: (n) => n.bytesRead,
    text: (n) => amount(n.bytesRead),
  },
  {
    key: "bytesWritten",
    label: "written",
    unit: "B",
    value: (n) => n.bytesWritten,
    text: (n) => amount(n.bytesWritten),
  },
];

export const show = () =>
  new Command("show")
    .description("show a network's nodes, shapes, MACs, parameters and bytes")
    .argument("<model>", MODEL_HELP)
    .option("-b, --batch <n>", "batch size to count with (default: 1 where it is free)", integer(1))
    .option("--dim <name=size>", "size of another free dimension; repeat for more", sizes, {})
    .addOption(formatOption())
    .action((model: string, options: Options) => {
      const graph = openModel(model);
      const analysis = aboutModel(model, () =>
        options.batch === undefined
          ? analyze(graph, { bind: options.dim })
          : bindBatch(graph, options.batch, options.dim).analysis,
      );
      if (options.format === "json") printJson(showJson(analysis));
      else if (options.format === "csv") printRows(COLUMNS, analysis.nodes, "csv");
      else table(analysis);
      for (const gap of analysis.gaps) warn(`${gap.op} (${gap.count}): ${gap.reason}`);
    });

function table(analysis: Analysis): void {
  const { graph, totals } = analysis;
  const { nodes } = analysis;
  const value = (name: string, type: ValueType) => `${name} ${typeText(type)}`;
  const inputs = graph.inputs.map((v) => value(v.name, analysis.types.get(v.name) ?? v));
  const outputs = graph.outputs.map((v) => value(v.name, analysis.types.get(v.name) ?? v));
  process.stdout.write(`inputs   ${inputs.join(", ")}\noutputs  ${outputs.join(", ")}\n\n`);
  printRows(
    COLUMNS,
    nodes.filter((n) => !n.folded),
    "table",
  );
  const folded = nodes.filter((n) => n.folded).length;
  process.stdout.write(
    `\ntotal    ${formatSi(totals.macs)} MACs, ${formatSi(totals.flops)} other FLOPs, ` +
      `${totals.params.toLocaleString("en-US")} parameters, ` +
      `${formatSi(totals.bytesRead)}B read, ${formatSi(totals.bytesWritten)}B written\n`,
  );
  for (const [op, macs] of Object.entries(totals.macsByOp).filter(([, m]) => m > 0))
    process.stdout.write(`         ${macs.toLocaleString("en-US")} MACs in ${op}\n`);
  const bound = Object.entries(analysis.bound).map(([name, size]) => `${name} = ${size}`);
  if (bound.length > 0) say(`counted with ${bound.join(", ")}`);
  if (folded > 0)
    say(`${folded} nodes fold to constants and cost nothing; --format json lists them`);
}

/** The contract of docs/cli.md. */
function showJson(analysis: Analysis) {
  const { graph, types, totals, gaps, bound } = analysis;
  const value = (name: string, type: ValueType) => ({ name, ...typeJson(types.get(name) ?? type) });
  return {
    inputs: graph.inputs.map((v) => value(v.name, v)),
    outputs: graph.outputs.map((v) => value(v.name, v)),
    bound,
    nodes: analysis.nodes.map((n) => ({
      name: n.node.name,
      op: n.node.op,
      outputs: n.outputs.map(typeJson),
      macs: n.macs,
      flops: n.flops,
      params: n.params,
      bytesRead: n.bytesRead,
      bytesWritten: n.bytesWritten,
      folded: n.folded,
    })),
    totals,
    gaps,
  };
}

const typeJson = (type: ValueType) => ({ shape: type.shape ?? null, dtype: type.dtype });

const typeText = (type: ValueType) =>
  `${type.dtype}[${type.shape ? type.shape.join(", ") : "unknown"}]`;

const amount = (n: number) => (n === 0 ? "-" : formatSi(n));
