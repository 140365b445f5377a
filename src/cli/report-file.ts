/** Writing a study's report: whole, or not at all. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../base/errors.ts";
import { frontSvg, htmlReport, pageScript, reportData } from "../report/index.ts";
import type { StudyView } from "./study-view.ts";
import { version } from "./version.ts";

/** A name that every file system takes. */
export function fileNameOf(study: string): string {
  const safe = study.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "");
  return `tidemark-${safe.slice(0, 120) || "study"}.html`;
}

/**
 * An HTML report; the Pareto plot alone where `path` ends in `.svg`.
 *
 * @param durationMs of the run, where it has just ended
 */
export function writeReport(view: StudyView, path: string, durationMs?: number): void {
  const data = reportData(view.study, view.trials, {
    version: version(),
    ...(durationMs === undefined ? {} : { durationMs }),
  });
  const text = /\.svg$/i.test(path)
    ? frontSvg(data, { focus: "front" })
    : htmlReport(data, pageScript());
  writeWhole(path, text, view.study.name);
}

function writeWhole(path: string, text: string, study: string): void {
  const file = resolve(path);
  const temporary = join(dirname(file), `.tidemark-${process.pid}.tmp`);
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new UserError(`${file} cannot be written: ${(cause as Error).message}`, {
      hint: `the study itself is stored; write the report elsewhere: tidemark report ${study} -o FILE`,
      cause,
    });
  }
}
