import type { Json } from "../base/json.ts";
import type { Column } from "./column.ts";

/** JSON with two spaces, ending in a newline. Arrays and objects that fit are kept on one line. */
export function formatJson(value: Json, width = 100): string {
  return `${write(value, "", width)}\n`;
}

/** A listing as an array of records; a key is absent where its value is undefined. */
export function rowsToJson<Row>(columns: readonly Column<Row>[], rows: Iterable<Row>): Json {
  const records: Json[] = [];
  for (const row of rows) {
    const record: Record<string, Json> = {};
    for (const column of columns) {
      const value = column.value(row);
      if (value !== undefined) record[column.key] = value;
    }
    records.push(record);
  }
  return records;
}

function write(value: Json, indent: string, width: number): string {
  const flat = JSON.stringify(value);
  if (value === null || typeof value !== "object") return flat;
  const inner = `${indent}  `;
  const items = Array.isArray(value)
    ? (value as readonly Json[])
    : Object.entries(value as { readonly [key: string]: Json }).filter(([, v]) => v !== undefined);
  const line = flat.length + indent.length <= width ? oneLine(value) : flat;
  if (items.length === 0 || line.length + indent.length <= width) return line;
  if (Array.isArray(value))
    return `[\n${value.map((v: Json) => inner + write(v, inner, width)).join(",\n")}\n${indent}]`;
  const parts = (items as [string, Json][]).map(
    ([k, v]) => `${inner}${JSON.stringify(k)}: ${write(v, inner, width)}`,
  );
  return `{\n${parts.join(",\n")}\n${indent}}`;
}

function oneLine(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  const parts = Object.entries(value as { readonly [key: string]: Json })
    .filter(([, v]) => v !== undefined)
    .map(([k, v]) => `${JSON.stringify(k)}: ${oneLine(v)}`);
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}
