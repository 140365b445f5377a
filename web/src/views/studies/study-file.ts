/** A stored study as the study file that it came from: what is shown can be started again. */
import type { Json } from "../../../../src/base/json.ts";

type Record_ = { readonly [key: string]: Json };

const isRecord = (value: Json | undefined): value is Record_ =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The store keeps a study parsed: settings of objectives and options of the algorithm in records of
 * their own. A file has them beside the name.
 */
export function studyFileOf(spec: Json): Json {
  if (!isRecord(spec)) return spec;
  const out: Record<string, Json> = { ...spec };
  for (const key of ["objectives", "constraints"])
    if (Array.isArray(spec[key]))
      out[key] = (spec[key] as readonly Json[]).map((entry) => spread(entry, "settings"));
  if (Array.isArray(out.constraints) && out.constraints.length === 0) delete out.constraints;
  if (isRecord(spec.search)) out.search = spread(spec.search, "options");
  if (isRecord(spec.budget) && Object.keys(spec.budget).length === 0) delete out.budget;
  return out;
}

function spread(entry: Json, key: string): Json {
  if (!isRecord(entry)) return entry;
  const { [key]: inner, ...rest } = entry;
  return isRecord(inner) ? { ...rest, ...inner } : entry;
}

function oneLine(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  const entries = Object.entries(value).map(([key, v]) => `${JSON.stringify(key)}: ${oneLine(v)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** JSON that a person reads: records and lists of a few plain values on one line. */
export function jsonText(value: Json, indent = ""): string {
  const line = oneLine(value);
  const nested =
    typeof value === "object" &&
    value !== null &&
    Object.values(value).some((v) => typeof v === "object" && v !== null);
  if (typeof value !== "object" || value === null || (!nested && line.length < 96)) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return `[\n${value.map((v: Json) => inner + jsonText(v, inner)).join(",\n")}\n${indent}]`;
  const entries = Object.entries(value as Record_).map(
    ([key, v]) => `${inner}${JSON.stringify(key)}: ${jsonText(v, inner)}`,
  );
  return `{\n${entries.join(",\n")}\n${indent}}`;
}
