/** NAS-Bench-201 as a table of cells, for search on real data. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parametricSpace } from "../../src/search/parametric-space.ts";

const file = new URL("../../data/nasbench201.csv.gz", import.meta.url);
const [header, ...lines] = gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n");
const names = header!.split(",");
const rows = lines.map((line) => line.split(","));

export function column(name: string): Float64Array {
  const at = names.indexOf(name);
  if (at < 0) throw new Error(`no column ${name} among ${names.join(", ")}`);
  return Float64Array.from(rows, (row) => Number(row[at]));
}

const ops = names.indexOf("ops");
export const rowOf = new Map(rows.map((row, i) => [row[ops]!, i]));

export const edges = ["e01", "e02", "e12", "e03", "e13", "e23"] as const;
export const cellSpace = parametricSpace(
  Object.fromEntries(
    edges.map((name) => [
      name,
      { type: "categorical" as const, values: ["0", "1", "2", "3", "4"] },
    ]),
  ),
);
