/** Studies and their trials, to look at. */
import { basename } from "node:path";
import { Hono } from "hono";
import { trialAt } from "../../study/index.ts";
import { encodePage } from "../api/columns.ts";
import type { StudyList, TrialDetail } from "../api/types.ts";
import { RequestFault } from "../api-error.ts";
import type { Env } from "../app.ts";
import { numberOf, studyOf } from "../parameters.ts";
import { detailOf, rowOf } from "../study-info.ts";

export const studies = new Hono<Env>();

studies.get("/", (c) => {
  const { watch, readOnly } = c.get("served");
  const rows = watch.read((reader) => reader.overviews().map(rowOf));
  const list: StudyList = { store: basename(watch.path), writable: !readOnly, studies: rows };
  return c.json(list);
});

studies.get("/:id", (c) => {
  const study = studyOf(c);
  return c.json(detailOf(study, c.get("served").launcher.failureOf(study.id)));
});

studies.get("/:id/trials", (c) => {
  const { id, trials } = studyOf(c);
  const from = Math.min(numberOf(c.req.query("from") ?? "0", "trial"), trials);
  const block = c.get("served").watch.read((reader) => reader.trials(id, from));
  const bytes = encodePage({ first: from, ...block });
  return c.body(bytes, 200, { "content-type": "application/octet-stream" });
});

studies.get("/:id/trials/:n", (c) => {
  const { id, name } = studyOf(c);
  const number = numberOf(c.req.param("n"), "trial");
  const block = c.get("served").watch.read((reader) => reader.trials(id, number, number + 1));
  if (block.count === 0) throw new RequestFault(404, `no trial ${number} in study '${name}'`);
  const trial: TrialDetail = { study: id, ...trialAt(block, 0), number };
  return c.json(trial);
});

studies.get("/:id/trials/:n/network", async (c) => {
  const study = studyOf(c);
  const number = numberOf(c.req.param("n"), "trial");
  const { watch, networks } = c.get("served");
  const block = watch.read((reader) => reader.trials(study.id, number, number + 1));
  if (block.count === 0) throw new RequestFault(404, `no trial ${number} in study '${study.name}'`);
  const bytes = await networks.of(study, trialAt(block, 0).design);
  return c.body(new Uint8Array(bytes), 200, {
    "content-type": "application/octet-stream",
    "content-disposition": `attachment; filename="study-${study.id}-trial-${number}.onnx"`,
  });
});
