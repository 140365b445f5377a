/** Static counts of a design's network, for a batch of one: parameters, MACs, operations. */
import { z } from "zod";
import { type Counts, defineObjective, each } from "../kinds.ts";
import { noNetworks } from "./networks.ts";

const count = (kind: keyof Counts, unit: string, summary: string) =>
  defineObjective({
    kind,
    summary,
    schema: z.strictObject({}),
    paths: [],
    async build(name, _setting, space) {
      const measured = space.columns.get(kind);
      const counts = space.counts?.bind(space);
      if (!measured && !counts) throw noNetworks(name, kind, ", or a column of the table");
      return {
        unit,
        goal: "minimize",
        cost: measured ? "lookup" : "computed",
        source: measured ? `column ${kind}` : "counts",
        field: kind,
        notes: [],
        evaluate: (designs) =>
          each(designs, (design) =>
            measured ? { [kind]: measured.read(design) } : { ...counts!(design) },
          ),
      };
    },
  });

export const params = count("params", "", "trainable and other parameters");
export const macs = count("macs", "MAC", "multiply-accumulates of one image");
export const flops = count("flops", "FLOP", "floating-point operations of one image, two a MAC");
