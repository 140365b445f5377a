/** A measured column of the space: `{ name: accuracy, column: c10_test_e200, goal: maximize }`. */
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import { defineObjective, each } from "../kinds.ts";

export const column = defineObjective({
  kind: "column",
  summary: "a measured column of the space's table",
  schema: z.strictObject({
    column: z.string().min(1).optional().describe("the column, where it is not the name"),
  }),
  paths: [],
  async build(name, setting, space) {
    const wanted = setting.column ?? name;
    const found = space.columns.get(wanted);
    if (!found) throw unknownColumn(wanted, [...space.columns.keys()]);
    return {
      unit: found.unit,
      goal: found.goal,
      cost: "lookup",
      source: `column ${wanted}`,
      field: wanted,
      notes: found.note ? [`${name}: ${found.note}`] : [],
      evaluate: (designs) => each(designs, (design) => ({ [wanted]: found.read(design) })),
    };
  },
});

export function unknownColumn(wanted: string, known: readonly string[]): UserError {
  const near = suggest(wanted, known);
  const some = known.length > 0 ? `known here: ${known.join(", ")}` : "this space measures nothing";
  return new UserError(`no objective or column '${wanted}'`, {
    hint: near ? `did you mean '${near}'? ${some}` : some,
    exitCode: 2,
  });
}
