/**
 * A table: a header, one sample a row, numeric columns as features and one column of classes. An
 * optional column `split` says train, validation or test. Read as a stream, plain or gzipped.
 */
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import { assemble } from "./assemble.ts";
import { looksLikeTable, rowsOf } from "./csv-rows.ts";
import { GrowingFloats } from "./growing.ts";
import { paced } from "./progress.ts";
import type { Source } from "./source.ts";
import type { Dataset, DatasetReader, ReadOptions, SampleSet, Split } from "./types.ts";

const LABEL_NAMES = ["label", "class", "target"];
const SPLIT_VALUES: ReadonlyMap<string, Split> = new Map([
  ["train", "train"],
  ["val", "validation"],
  ["valid", "validation"],
  ["validation", "validation"],
  ["test", "test"],
]);

export const csv: DatasetReader = {
  format: "CSV",
  takes: ["label"],
  recognizes: (source) => source.kind === "file" && looksLikeTable(source.head),
  read,
};

async function read(source: Source, options: ReadOptions): Promise<Dataset> {
  const table = new Table(source.path, options);
  const tell = paced(options.onProgress);
  let rows = 0;
  let headed = false;
  for await (const row of rowsOf(source)) {
    const isBlank = row.length === 1 && row[0]!.trim() === "";
    if (!isBlank && headed) table.row(row, rows + 1);
    else if (!isBlank) {
      table.header(row);
      headed = true;
    }
    if (++rows % 50_000 === 0) {
      options.signal?.throwIfAborted();
      tell({ done: rows, what: "rows read" });
    }
  }
  return table.dataset(source.name, options.classes);
}

interface Columns {
  readonly names: readonly string[];
  readonly label: number;
  readonly split: number;
}

class Table {
  readonly #where: string;
  readonly #options: ReadOptions;
  #columns: Columns = { names: [], label: -1, split: -1 };
  readonly #parts = new Map<Split, { features: GrowingFloats; labels: number[] }>();
  readonly #met = new Map<string, number>();

  constructor(where: string, options: ReadOptions) {
    this.#where = where;
    this.#options = options;
  }

  header(cells: readonly string[]): void {
    const names = cells.map((cell) => cell.trim());
    if (names.every((name) => name !== "" && Number.isFinite(Number(name))))
      throw new UserError(`${this.#where}: the first row is all numbers: the header is missing`, {
        hint: "put the names of the columns into the first row, e.g. f1,f2,label",
      });
    const doubled = names.find((name, i) => names.indexOf(name) !== i);
    if (doubled !== undefined)
      throw new UserError(`${this.#where}: two columns are named '${doubled}'`, {
        hint: "give each column a name of its own",
      });
    const label = this.#labelColumn(names);
    const split = names.findIndex((name, i) => i !== label && name.toLowerCase() === "split");
    if (names.length - 1 - (split >= 0 ? 1 : 0) < 1)
      throw new UserError(`${this.#where}: no column of features beside '${names[label]}'`, {
        hint: "give at least one numeric column; columns are separated by commas, semicolons or tabs",
      });
    this.#columns = { names, label, split };
  }

  #labelColumn(names: readonly string[]): number {
    const { label } = this.#options;
    const at =
      label === undefined
        ? names.findIndex((name) => LABEL_NAMES.includes(name.toLowerCase()))
        : names.indexOf(label);
    if (at >= 0) return at;
    const near = label === undefined ? undefined : suggest(label, names);
    const columns = `${names.slice(0, 12).join(", ")}${names.length > 12 ? ` and ${names.length - 12} more` : ""}`;
    throw new UserError(
      `${this.#where}: no column ${label === undefined ? `named ${LABEL_NAMES.join(", ")}` : `'${label}'`} among ${columns}`,
      {
        hint:
          near === undefined
            ? "name the column of the classes: --label NAME"
            : `did you mean ${near}?`,
        exitCode: 2,
      },
    );
  }

  /** @param number as a spreadsheet shows it: the header is row 1 */
  row(cells: readonly string[], number: number): void {
    const { names, label, split } = this.#columns;
    if (cells.length !== names.length)
      throw new UserError(
        `${this.#where}: row ${number} has ${cells.length} fields, the header ${names.length}`,
        { hint: "give every row one field for each column; put fields with separators in quotes" },
      );
    const part = this.#part(split < 0 ? "train" : this.#split(cells[split]!, number));
    for (let i = 0; i < cells.length; i++) {
      if (i === label || i === split) continue;
      const cell = cells[i]!.trim();
      const value = cell === "" ? Number.NaN : Number(cell);
      // Also beyond float32: it would become infinite.
      if (!Number.isFinite(Math.fround(value)))
        throw new UserError(
          `${this.#where}: row ${number}, column ${names[i]}: '${cell.slice(0, 40)}' is no number${Number.isNaN(value) ? "" : " of float32"}`,
          { hint: "features are finite numbers; fill gaps, and leave out columns of text" },
        );
      part.features.push(value);
    }
    const className = cells[label]!.trim();
    if (className === "")
      throw new UserError(`${this.#where}: row ${number} has no class in column ${names[label]}`, {
        hint: "fill it in, or remove the row",
      });
    let index = this.#met.get(className);
    if (index === undefined) {
      index = this.#met.size;
      this.#met.set(className, index);
      if (index === MAX_CLASSES)
        throw new UserError(
          `${this.#where}: more than ${MAX_CLASSES} classes in column ${names[label]} by row ${number}`,
          { hint: "choose a column of classes, not of measured values: --label NAME", exitCode: 2 },
        );
    }
    part.labels.push(index);
  }

  #split(cell: string, number: number): Split {
    const split = SPLIT_VALUES.get(cell.trim().toLowerCase());
    if (split === undefined)
      throw new UserError(`${this.#where}: row ${number}, column split: '${cell.slice(0, 40)}'`, {
        hint: "write train, validation or test, or give the column another name",
      });
    return split;
  }

  #part(split: Split) {
    let part = this.#parts.get(split);
    if (part === undefined) {
      part = { features: new GrowingFloats(), labels: [] };
      this.#parts.set(split, part);
    }
    return part;
  }

  dataset(name: string, given: readonly string[] | undefined): Dataset {
    const { names, split } = this.#columns;
    if (names.length === 0 || this.#parts.size === 0)
      throw new UserError(`${this.#where} has no rows of data`, {
        hint: "it needs a header and one row for each sample",
      });
    const met = [...this.#met.keys()];
    const numeric = met.every((each) => Number.isFinite(Number(each)));
    const classes = given ?? (numeric ? met.sort((a, b) => Number(a) - Number(b)) : met.sort());
    const index = new Map(classes.map((each, i) => [each, i]));
    const order = [...this.#met.keys()].map((each) => {
      const at = index.get(each);
      if (at === undefined)
        throw new UserError(
          `${this.#where}: class '${each}' is not among the ${classes.length} given`,
          {
            hint: "correct the list of classes",
          },
        );
      return at;
    });
    const features = names.length - 1 - (split >= 0 ? 1 : 0);
    const splits: Partial<Record<Split, SampleSet>> = {};
    for (const [each, { features: values, labels }] of this.#parts)
      splits[each] = {
        samples: values.view().slice(),
        shape: [features],
        count: labels.length,
        labels: Int32Array.from(labels, (label) => order[label]!),
      };
    return assemble({ name, where: this.#where, classes, splits });
  }
}

const MAX_CLASSES = 10_000;
