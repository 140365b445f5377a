// JSON files that are there whole or not at all, whenever the process ends.
import { existsSync, readFileSync } from "node:fs";
import { writeWhole } from "../../dist/cli/whole-file.js";

export function writeJson(path, value) {
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`, "choose another --out");
}

/** Undefined where there is no such file. */
export function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}
