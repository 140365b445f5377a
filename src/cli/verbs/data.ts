/** `tidemark data [NAME|PATH]`: the data sets that are known by name, or a check of one. */
import { Command } from "commander";
import { type Column, formatTable } from "../../report/index.ts";
import {
  type Dataset,
  datasetFolder,
  datasetHash,
  type Inspection,
  inspectDataset,
  KNOWN_DATASETS,
  type KnownDataset,
  placeOf,
  shapeText,
} from "../../runtime/data/index.ts";
import {
  addDatasetOptions,
  DATASET_HELP,
  type DatasetFlags,
  openWithTalk,
} from "../dataset-options.ts";
import { type Formatted, formatOption } from "../options.ts";
import { printJson, printRows } from "../print.ts";
import { say, warn } from "../talk.ts";

const KNOWN_COLUMNS: readonly Column<KnownDataset>[] = [
  { key: "name", value: (d) => d.name, keep: true },
  { key: "path", value: (d) => placeOf(d), text: (d) => placeOf(d) ?? "not on this machine" },
  { key: "description", value: (d) => d.description },
  { key: "origin", value: (d) => d.origin, hidden: true },
];

interface ClassRow {
  readonly class: string;
  readonly train: number;
  readonly validation: number | undefined;
  readonly test: number | undefined;
}

const CLASS_COLUMNS: readonly Column<ClassRow>[] = [
  { key: "class", value: (row) => row.class, keep: true },
  { key: "train", value: (row) => row.train },
  { key: "validation", value: (row) => row.validation },
  { key: "test", value: (row) => row.test },
];

export const data = () =>
  addDatasetOptions(
    new Command("data")
      .description(
        "list the data sets known by name, or check one: classes, shape, damage, duplicates",
      )
      .argument("[dataset]", DATASET_HELP),
  )
    .addOption(formatOption())
    .action(async (reference: string | undefined, options: DatasetFlags & Formatted) => {
      const { format } = options;
      if (reference === undefined) {
        printRows(KNOWN_COLUMNS, KNOWN_DATASETS, format);
        if (format !== "table") return;
        for (const known of KNOWN_DATASETS)
          if (placeOf(known) === undefined) say(`${known.name}: ${known.origin}`);
        say(`data sets by these names are looked for in ${datasetFolder()} (TIDEMARK_DATA) first`);
        return;
      }
      const dataset = await openWithTalk(reference, options);
      const inspection = inspectDataset(dataset);
      if (format === "json") printJson(jsonOf(dataset, inspection));
      else {
        if (format === "table") process.stdout.write(heading(dataset, inspection));
        printRows(columnsOf(dataset), rowsOf(dataset, inspection), format);
        if (format === "table") process.stdout.write(skippedText(dataset));
      }
      warnings(inspection);
    });

function columnsOf(dataset: Dataset): readonly Column<ClassRow>[] {
  return CLASS_COLUMNS.filter(
    ({ key }) => key === "class" || dataset[key as "train" | "validation" | "test"] !== undefined,
  );
}

function rowsOf({ classes }: Dataset, { splits }: Inspection): ClassRow[] {
  const of = (split: string, i: number) => splits.find((s) => s.split === split)?.perClass[i];
  return classes.map((name, i) => ({
    class: name,
    train: of("train", i) ?? 0,
    validation: of("validation", i),
    test: of("test", i),
  }));
}

function heading(dataset: Dataset, { splits, normalization }: Inspection): string {
  const { mean, std } = normalization;
  const counts = splits.map(({ split, count }) => `${count.toLocaleString("en-US")} ${split}`);
  const few = mean.length <= 4;
  const list = (values: readonly number[]) => values.map((v) => v.toFixed(4)).join(", ");
  return [
    `${dataset.name}: ${dataset.classes.length} classes, samples of ${shapeText(dataset.train.shape)}`,
    counts.join(", "),
    few ? `mean ${list(mean)}; standard deviation ${list(std)}` : "",
    "",
    "",
  ]
    .filter((line, i) => line !== "" || i > 2)
    .join("\n");
}

/** Skipped samples named up to so many on a terminal; JSON has all. */
const SHOWN = 20;

function skippedText({ skipped }: Dataset): string {
  if (skipped.length === 0) return "";
  const columns: readonly Column<Dataset["skipped"][number]>[] = [
    { key: "where", label: "skipped", value: (s) => s.where, keep: true },
    { key: "reason", value: (s) => s.reason },
  ];
  const more = skipped.length - SHOWN;
  return `\n${formatTable(columns, skipped.slice(0, SHOWN))}${more > 0 ? `and ${more} more; --format json has all\n` : ""}`;
}

function warnings({ splits, leaks }: Inspection): void {
  for (const { split, repeated } of splits)
    if (repeated > 0) say(`${repeated} samples of ${split} repeat an earlier one`);
  if (leaks.length === 0) return;
  const other = leaks.filter((leak) => leak.label !== leak.trainLabel).length;
  const [first] = leaks;
  warn(
    `${leaks.length} samples of other splits are also in train${other > 0 ? `, ${other} of them with another label` : ""}: ` +
      `the first is ${first!.split} ${first!.index} (train ${first!.trainIndex}); accuracy on them says nothing`,
  );
}

function jsonOf(dataset: Dataset, inspection: Inspection) {
  const { name, classes, train, skipped, notes = [] } = dataset;
  const sha256 = datasetHash(dataset);
  return { name, sha256, shape: train.shape, classes, ...inspection, skipped, notes };
}
