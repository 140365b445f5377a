/** Writing a study's report. */
import { frontSvg, htmlReport, pageScript, reportData } from "../report/index.ts";
import type { StudyView } from "./study-view.ts";
import { version } from "./version.ts";
import { writeWhole } from "./whole-file.ts";

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
  writeWhole(
    path,
    text,
    `the study itself is stored; write the report elsewhere: tidemark report ${view.study.name} -o FILE`,
  );
}
