/** From a schema's complaint to one sentence: where, which value, what was meant, what is allowed. */
import type { z } from "zod";
import { UserError } from "../base/errors.ts";
import { suggest } from "../base/suggest.ts";

type Path = readonly PropertyKey[];
type Aliases = Readonly<Record<string, string>>;

/**
 * Parses `value` with `schema`.
 *
 * @param origin the file, or whatever the value came from
 * @param at where in it the value stands
 * @param aliases keys by names that they have elsewhere
 * @throws UserError with the first complaint; exit code 2
 */
export function parseWith<S extends z.ZodType>(
  schema: S,
  value: unknown,
  origin: string,
  at: Path = [],
  aliases: Aliases = {},
): z.infer<S> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  // Where a key is unknown, another one often is missing because of it: the typo is the cause.
  const issue = issues.find((i) => i.code === "unrecognized_keys") ?? issues[0]!;
  const { what, hint } = explain(issue, schema, aliases);
  const path = [...at, ...issue.path];
  const where = path.length === 0 ? origin : `${origin}: ${pathText(path)}`;
  const rest = issues.length - 1;
  const more = rest > 0 ? ` (and ${rest} more ${rest === 1 ? "problem" : "problems"})` : "";
  throw new UserError(`${where}: ${what}${more}`, { exitCode: 2, ...(hint ? { hint } : {}) });
}

/** Runs `body`; a `UserError` leaves it with where in the study the value stands. */
export function locating<T>(origin: string, at: Path, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { hint, cause } = error;
    throw new UserError(`${origin}: ${pathText(at)}: ${error.message}`, {
      ...(hint ? { hint } : {}),
      exitCode: 2,
      cause,
    });
  }
}

/** `objectives[1].goal` */
export function pathText(path: Path): string {
  return path
    .map((key, i) => (typeof key === "number" ? `[${key}]` : `${i === 0 ? "" : "."}${String(key)}`))
    .join("");
}

type Issue = z.core.$ZodIssue;

function explain(
  issue: Issue,
  schema: z.ZodType,
  aliases: Aliases = {},
): { what: string; hint?: string } {
  switch (issue.code) {
    case "unrecognized_keys": {
      const [key] = issue.keys as [string];
      const known = keysAt(schema, issue.path);
      const near = Object.hasOwn(aliases, key) ? aliases[key] : suggest(key, known);
      const allowed = known.length > 0 ? `allowed: ${known.join(", ")}` : undefined;
      const hint = [near ? `did you mean '${near}'?` : undefined, allowed]
        .filter(Boolean)
        .join(" ");
      return { what: `unknown key '${key}'`, hint };
    }
    case "invalid_value": {
      const values = issue.values.map(String);
      if (issue.input === undefined)
        return { what: "is missing", hint: `allowed: ${values.join(", ")}` };
      const near = typeof issue.input === "string" ? suggest(issue.input, values) : undefined;
      return {
        what: `${show(issue.input)} is not allowed here`,
        hint: `${near ? `did you mean '${near}'? ` : ""}allowed: ${values.join(", ")}`,
      };
    }
    case "invalid_type": {
      const { input } = issue;
      if (input === undefined)
        return { what: "is missing", hint: `expected ${article(issue.expected)}` };
      if (typeof input === "number" && Math.abs(input) === Number.POSITIVE_INFINITY)
        return { what: `${input} is not a finite number` };
      return {
        what: `${show(input)} is ${article(typeName(input))}, expected ${article(issue.expected)}`,
      };
    }
    case "too_small":
    case "too_big": {
      // A file's digits are rounded by now; repeating them would show others.
      if (typeof issue.input === "number" && Math.abs(issue.input) > Number.MAX_SAFE_INTEGER)
        return {
          what: `the number is beyond ±${Number.MAX_SAFE_INTEGER}, where whole numbers are rounded`,
        };
      const [bound, side] =
        issue.code === "too_small"
          ? [issue.minimum, issue.inclusive === false ? "more than" : "at least"]
          : [issue.maximum, issue.inclusive === false ? "less than" : "at most"];
      const unit =
        issue.origin === "array" ? " entries" : issue.origin === "string" ? " characters" : "";
      return { what: `${show(issue.input)} must ${unit ? "have" : "be"} ${side} ${bound}${unit}` };
    }
    case "invalid_union": {
      // A union's own complaint says nothing; that of the member that came nearest does.
      const nested = issue.errors
        .filter((issues) => issues.length > 0)
        .sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0]?.[0];
      if (!nested) return { what: `${show(issue.input)} is not allowed here`, hint: issue.message };
      const inner = explain(nested, schema);
      const where = nested.path.length > 0 ? `${pathText(nested.path)}: ` : "";
      return { ...inner, what: `${where}${inner.what}` };
    }
    case "invalid_format":
    case "invalid_key":
    case "invalid_element":
    case "not_multiple_of":
    case "custom":
      return { what: `${show(issue.input)}: ${issue.message}` };
  }
}

const depth = (issues: readonly Issue[]) => Math.max(...issues.map((issue) => issue.path.length));

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text.replaceAll('"', "'");
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" && Number.isNaN(value) ? "NaN" : typeof value;
}

function article(type: string): string {
  if (type === "null" || type === "NaN") return type;
  const name = type === "array" ? "list" : type === "int" ? "whole number" : type;
  return `${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`;
}

/** Keys that an object schema allows at `path`; empty where that cannot be told. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let at: unknown = schema;
  for (const key of path) {
    const def = unwrap(at);
    if (def.type === "object") at = def.shape?.[String(key)];
    else if (def.type === "array") at = def.element;
    else if (def.type === "record") at = def.valueType;
    else return [];
  }
  return Object.keys(unwrap(at).shape ?? {});
}

interface Definition {
  readonly type?: string;
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  readonly valueType?: unknown;
  readonly innerType?: unknown;
  readonly in?: unknown;
}

function unwrap(schema: unknown): Definition {
  let def = (schema as { def?: Definition } | undefined)?.def ?? {};
  while (def.innerType ?? (def.type === "pipe" ? def.in : undefined))
    def = ((def.innerType ?? def.in) as { def: Definition }).def;
  return def;
}
