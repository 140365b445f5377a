/** What stands in a request's address. */
import type { Context } from "hono";
import type { StudyRecord } from "../study/index.ts";
import { RequestFault } from "./api-error.ts";
import type { Env } from "./app.ts";

/** @throws RequestFault where it is no number of a study or trial */
export function numberOf(text: string, what: "study" | "trial"): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new RequestFault(404, `no ${what} '${text.slice(0, 40)}': the address takes its number`);
}

/** The study that the address names. @throws UserError where there is none */
export function studyOf(c: Context<Env>): StudyRecord {
  const id = numberOf(c.req.param("id") ?? "", "study");
  return c.get("served").watch.read((reader) => reader.study(id));
}
