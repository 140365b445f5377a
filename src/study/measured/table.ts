/** Opens a measured table; says what a JSON file is that is none. */
import { readFileSync } from "node:fs";
import { UserError } from "../../base/errors.ts";
import { readTableFile, type TableFile } from "../table-file.ts";

/** @throws UserError for a file that is no table, with where it belongs if that is known */
export function readTable(path: string): TableFile {
  const what = otherJson(path);
  if (what !== undefined)
    throw new UserError(`${path} is ${what.is}, no table of measurements`, {
      hint: what.instead,
      exitCode: 2,
    });
  return readTableFile(path);
}

const COLUMNS = "give a CSV file with a header: docs/cli.md lists the columns";

/** Files of JSON that people have beside their tables. */
function otherJson(path: string): { readonly is: string; readonly instead: string } | undefined {
  if (!/\.json$/i.test(path)) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // The reader of tables says what is wrong with it.
    return undefined;
  }
  if (Array.isArray(json)) return undefined;
  const has = (...keys: readonly string[]): boolean =>
    typeof json === "object" && json !== null && keys.every((key) => Object.hasOwn(json, key));
  if (has("schema", "figures"))
    return {
      is: "a device file",
      instead: `give it with --device; DATA is a CSV file: ${COLUMNS}`,
    };
  if (has("groups", "overall"))
    return { is: "a report of `tidemark validate`", instead: "give the CSV file that it is of" };
  if (has("traceEvents"))
    return {
      is: "a profiler's trace",
      instead: `read it with \`tidemark import-profile ${path}\``,
    };
  return { is: "JSON other than a list of flat objects", instead: COLUMNS };
}
