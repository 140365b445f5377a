/**
 * The user's own measurement: a JavaScript module with
 * `export function evaluate(design) { return { accuracy: …, latency_ms: … }; }`, sync or async.
 * All objectives that name the same module share one call.
 */
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import type { Design } from "../../search/types.ts";
import { defineObjective, each, errorOf } from "../kinds.ts";
import type { Values } from "../types.ts";

export const module = defineObjective({
  kind: "module",
  summary: "your own module's `evaluate(design)`",
  schema: z.strictObject({
    module: z.string().min(1).describe("JavaScript module, relative to the study file"),
    field: z.string().min(1).optional().describe("key in its result, where it is not the name"),
    unit: z.string().default(""),
  }),
  paths: ["module"],
  async build(name, setting) {
    // Loaded where it evaluates, in a worker thread: a module may exit, hang or never let go.
    let loading: Promise<Evaluate> | undefined;
    const loaded = () => (loading ??= load(setting.module));
    const field = setting.field ?? name;
    return {
      unit: setting.unit,
      goal: undefined,
      cost: "expensive",
      source: `module ${setting.module}`,
      field,
      notes: [`${name}: computed by ${setting.module}`],
      prepare: loaded,
      evaluate: async (designs) => {
        const evaluate = await loaded();
        return each(designs, async (design) => recordOf(await evaluate(design)));
      },
    };
  },
});

type Evaluate = (design: Design) => unknown;

async function load(path: string): Promise<Evaluate> {
  let loaded: { evaluate?: unknown };
  try {
    loaded = (await import(pathToFileURL(path).href)) as { evaluate?: unknown };
  } catch (error) {
    throw new UserError(`module ${path} cannot be loaded: ${errorOf(error).message}`, {
      hint: "it must be a JavaScript module (.js, .mjs) that Node can import",
      // What the module itself does wrong is no wrong usage.
      exitCode: existsSync(path) ? 1 : 2,
      cause: error,
    });
  }
  const { evaluate } = loaded;
  if (typeof evaluate !== "function")
    throw new UserError(`module ${path} exports no function 'evaluate'`, {
      hint: "export function evaluate(design) { return { … }; }",
      exitCode: 2,
    });
  return evaluate as Evaluate;
}

function recordOf(result: unknown): Values {
  if (typeof result !== "object" || result === null)
    throw new Error(`evaluate returned ${result === null ? "null" : typeof result}, not an object`);
  // A copy, so that a getter that throws does it here and fails this design alone.
  return { ...(result as Values) };
}
