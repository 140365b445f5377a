/** `tidemark spaces`: what can be explored, by which objectives and algorithms. */
import { Command } from "commander";
import type { Column } from "../../report/index.ts";
import { algorithms } from "../../search/index.ts";
import { OBJECTIVES, SPACES } from "../../study/index.ts";
import { ZOO } from "../../zoo/index.ts";
import { type Formatted, formatOption } from "../options.ts";
import { printRows } from "../print.ts";

interface Row {
  readonly what: string;
  readonly name: string;
  readonly settings: string;
  readonly summary: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { key: "what", value: (r) => r.what, keep: true },
  { key: "name", value: (r) => r.name, keep: true },
  { key: "summary", value: (r) => r.summary },
  { key: "settings", value: (r) => r.settings },
];

export const spaces = () =>
  new Command("spaces")
    .description("list the kinds of spaces, objectives and algorithms, and the zoo's networks")
    .addOption(formatOption())
    .action(({ format }: Formatted) => printRows(COLUMNS, rows(), format));

function rows(): readonly Row[] {
  const keys = (shape: object) =>
    Object.keys(shape)
      .filter((key) => key !== "kind")
      .join(" ");
  return [
    ...SPACES.map((s) => ({
      what: "space",
      name: s.kind,
      settings: keys(s.schema.shape),
      summary: s.summary,
    })),
    ...OBJECTIVES.map((o) => ({
      what: "objective",
      name: o.kind,
      settings: keys(o.schema.shape),
      summary: o.summary,
    })),
    ...algorithms.map((a) => ({
      what: "algorithm",
      name: a.name,
      settings: Object.keys(a.options).join(" "),
      summary: a.summary,
    })),
    ...[...ZOO.values()].map((z) => ({
      what: "network",
      name: z.name,
      settings: z.parameters.map((p) => p.name).join(" "),
      summary: z.description,
    })),
  ];
}
