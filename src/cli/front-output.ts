/** The front as a table, as CSV, and as the JSON contract of `explore` and `front`. */
import type { Column, RowFormat } from "../report/index.ts";
import type { Objective } from "../study/index.ts";
import { correlationLines, type FrontEntry, rankCorrelations, resultOf } from "../study/index.ts";
import { printJson, printRows } from "./print.ts";
import type { StudyView } from "./study-view.ts";
import { say } from "./talk.ts";

export function printFront({ study, trials }: StudyView, format: RowFormat): void {
  const { front, hypervolume, gap, reference } = resultOf(study, trials);
  const { objectives } = study;
  const correlations = rankCorrelations(study, trials);
  if (format === "json") {
    printJson({
      study: study.name,
      evaluations: trials.count,
      front: front.map(({ trial, design, values }) => ({
        trial,
        design,
        objectives: Object.fromEntries(objectives.map((o) => [o.name, values[o.name]])),
      })),
      hypervolume,
      reference,
      ...(correlations.length > 0 && { rankCorrelations: correlations }),
    });
    return;
  }
  printRows(columns(front, objectives), front, format);
  if (format !== "table" || reference === null) return;
  for (const line of correlationLines(correlations)) say(line);
  const at = Object.entries(reference).map(([name, value]) => `${name} ${+value.toPrecision(6)}`);
  const unreached = hypervolume === 0 && front.length > 0;
  say(
    `${front.length} of ${trials.count} designs are on the front; ` +
      (hypervolume === null
        ? `no hypervolume: ${gap}`
        : `hypervolume ${+hypervolume.toPrecision(6)} to ${at.join(", ")}`) +
      (unreached ? ": no design is better than that in every objective" : ""),
  );
}

function columns(
  front: readonly FrontEntry[],
  objectives: readonly Objective[],
): readonly Column<FrontEntry>[] {
  const parameters = new Set(front.flatMap((entry) => Object.keys(entry.design)));
  return [
    { key: "trial", value: (e) => e.trial, text: (e) => String(e.trial) },
    ...objectives.map(
      (o): Column<FrontEntry> => ({
        key: o.name,
        unit: o.unit,
        value: (e) => e.values[o.name],
        // Predicted and measured times are not good to more.
        digits: o.unit === "ms" ? 4 : 5,
      }),
    ),
    ...[...parameters].map(
      (name): Column<FrontEntry> => ({ key: name, value: (e) => e.design[name] }),
    ),
  ];
}
