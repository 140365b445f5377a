/** Studies and their trials. */
import { basename } from "node:path";
import { Hono } from "hono";
import { UserError } from "../../base/errors.ts";
import type { StudyRecord, TrialBlock } from "../../study/index.ts";
import { encodePage } from "../api/columns.ts";
import type { StudyDetail, StudyList, StudyRow } from "../api/types.ts";
import type { Env } from "../app.ts";
import { sliceBlock } from "../slice.ts";

export const studies = new Hono<Env>();

studies.get("/", (c) => {
  const watch = c.get("watch");
  const rows = watch.read((reader) => reader.studies().map(({ id }) => rowOf(reader.study(id))));
  const list: StudyList = { store: basename(watch.path), writable: true, studies: rows };
  return c.json(list);
});

studies.get("/:id", (c) => {
  const id = idOf(c.req.param("id"));
  return c.json(c.get("watch").read((reader) => detailOf(reader.study(id))));
});

studies.get("/:id/trials", (c) => {
  const id = idOf(c.req.param("id"));
  const from = Math.max(0, Math.trunc(Number(c.req.query("from") ?? 0)) || 0);
  const block: TrialBlock = c.get("watch").read((reader) => reader.trials(reader.study(id).id));
  const page = { first: Math.min(from, block.count), ...sliceBlock(block, from) };
  return c.body(encodePage(page), 200, { "content-type": "application/octet-stream" });
});

function idOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UserError(`no study '${text}': the address takes its number`, { exitCode: 2 });
}

interface Spec {
  readonly space?: { readonly kind?: string };
  readonly search?: { readonly algorithm?: string };
  readonly seed?: number;
}

function rowOf(study: StudyRecord): StudyRow {
  const spec = study.spec as Spec;
  return {
    id: study.id,
    name: study.name,
    state: study.state,
    trials: study.trials,
    createdAt: study.createdAt,
    space: spec.space?.kind ?? "",
    algorithm: spec.search?.algorithm ?? "",
    seed: spec.seed ?? 0,
    objectives: study.objectives,
    note: "",
  };
}

function detailOf(study: StudyRecord): StudyDetail {
  return {
    ...rowOf(study),
    failed: study.failed,
    constraints: study.constraints,
    rests: study.notes,
    size: study.size,
    spec: study.spec,
  };
}
