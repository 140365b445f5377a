/** `tidemark dynamic convert MODEL -m MECHANISM… -o OUT.onnx`. */
import { Command } from "commander";
import { convert as convertNetwork } from "../../../dynamic/convert.ts";
import { MECHANISMS } from "../../../dynamic/mechanisms/index.ts";
import { partCosts } from "../../../dynamic/parts.ts";
import { type DynamicNetwork, withPlan } from "../../../dynamic/plan.ts";
import { parseMechanism } from "../../../dynamic/spec.ts";
import { saveOnnx } from "../../../onnx/index.ts";
import type { Column } from "../../../report/index.ts";
import { aboutModel, MODEL_HELP, openModel } from "../../model.ts";
import { type Formatted, formatOption, integer } from "../../options.ts";
import { filesOf, refuseInput, requireFolder } from "../../outputs.ts";
import { printJson, printRows } from "../../print.ts";
import { say, warn } from "../../talk.ts";

interface Flags extends Formatted {
  readonly mechanism: readonly string[];
  readonly seed: number;
  readonly output: string;
}

export const convert = () =>
  new Command("convert")
    .description("give a trained classifier exits, gates, attention or a coarse network before it")
    .argument("<model>", MODEL_HELP)
    .requiredOption(
      "-m, --mechanism <spec>",
      "NAME or NAME:option=value,…; repeat it to combine",
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .requiredOption("-o, --output <file.onnx>", "the dynamic network")
    .option("--seed <n>", "of the weights that are added", integer(0), 0)
    .addOption(formatOption())
    .addHelpText("after", () => `\nMechanisms:\n${MECHANISMS.map(helpOf).join("\n")}`)
    .addHelpText(
      "after",
      `
Columns, for each part from one exit to the next, of one input:
  MACs              multiply-accumulates that every input costs that comes there
  conditional MACs  those that gates or attention can leave out besides
  of dense so far   all up to the end of the part with nothing left out, over the dense network's;
                    the last line is the worst case`,
    )
    .action((model: string, flags: Flags) => {
      const choices = flags.mechanism.map(parseMechanism);
      requireFolder("-o", flags.output);
      const graph = openModel(model);
      refuseInput("-o", flags.output, filesOf(model, graph));
      const network = aboutModel(model, () => convertNetwork(graph, choices, flags.seed));
      saveOnnx(withPlan(network), flags.output);
      const dense = Object.entries(network.plan.dense);
      if (dense.length > 0)
        warn(
          `no mechanism handles ${dense.map(([op, n]) => `${n} ${op}`).join(", ")}: they stay dense`,
        );
      const rows = partRows(network);
      if (flags.format === "json")
        printJson({
          output: flags.output,
          denseMacs: network.plan.denseMacs,
          parts: rows,
          plan: network.plan,
        });
      else printRows(COLUMNS, rows, flags.format);
      say(`${flags.output}: train it on: tidemark dynamic train ${flags.output} --data …`);
    });

function helpOf({ name, summary, options }: (typeof MECHANISMS)[number]): string {
  const lines = Object.entries(options).map(
    ([key, option]) => `      ${key.padEnd(9)} ${option.summary} (default: ${option.byDefault})`,
  );
  return [`  ${name.padEnd(10)} ${summary}`, ...lines].join("\n");
}

interface PartRow {
  readonly part: string;
  readonly macs: number;
  readonly conditionalMacs: number;
  /** Of the dense network's, up to the end of the part, all regions on. */
  readonly share: number;
}

export function partRows(network: DynamicNetwork): readonly PartRow[] {
  let sum = 0;
  // What adds nothing yet is there to be trained.
  return partCosts(network, { idle: true }).map(({ exit, macs, regions }) => {
    const conditionalMacs = regions.reduce((all, region) => all + region.macs, 0);
    sum += macs + conditionalMacs;
    return {
      part: exit === undefined ? "to the end" : `to ${exit}`,
      macs,
      conditionalMacs,
      share: sum / network.plan.denseMacs,
    };
  });
}

const COLUMNS: readonly Column<PartRow>[] = [
  { key: "part", value: (r) => r.part },
  { key: "macs", label: "MACs", value: (r) => r.macs },
  { key: "conditionalMacs", label: "conditional MACs", value: (r) => r.conditionalMacs },
  {
    key: "share",
    label: "of dense so far",
    value: (r) => r.share,
    text: (r) => `${(100 * r.share).toFixed(1)} %`,
  },
];
