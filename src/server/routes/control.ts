/** What may be done to studies: start, stop, resume, annotate. */
import { Hono } from "hono";
import { annotate } from "../annotate.ts";
import * as schemas from "../api/schemas.ts";
import type { NoteRequest, Stopping } from "../api/types.ts";
import type { Env } from "../app.ts";
import { bodyOf } from "../body.ts";
import { studyOf } from "../parameters.ts";

export const control = new Hono<Env>();

control.post("/", async (c) => {
  const { text } = await bodyOf(c, schemas.startRequest);
  return c.json(await c.get("served").launcher.start(text), 201);
});

control.patch("/:id", async (c) => {
  const { id } = studyOf(c);
  const { note } = await bodyOf(c, schemas.noteRequest);
  await annotate(c.get("served").watch.path, id, note);
  const saved: NoteRequest = { note };
  return c.json(saved);
});

control.post("/:id/stop", (c) => {
  const study = studyOf(c);
  c.get("served").launcher.stop(study);
  const stopping: Stopping = { id: study.id, name: study.name };
  return c.json(stopping, 202);
});

control.post("/:id/resume", async (c) => {
  const study = studyOf(c);
  const { evaluations } = await bodyOf(c, schemas.resumeRequest);
  return c.json(await c.get("served").launcher.resume(study, evaluations), 202);
});
