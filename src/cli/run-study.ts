/** What `explore` and `resume` share: run with a progress line, then front and report. */
import { resolve } from "node:path";
import { UserError } from "../base/errors.ts";
import { formatDuration, printable, type RowFormat } from "../report/index.ts";
import { type RunOptions, type RunResult, storePath } from "../study/index.ts";
import { printFront } from "./front-output.ts";
import { ProgressLine } from "./progress-line.ts";
import { fileNameOf, writeReport } from "./report-file.ts";
import { stopOnSignal } from "./stop-signal.ts";
import { viewStudy } from "./study-view.ts";
import { say, warn } from "./talk.ts";

export interface RunFlags {
  readonly store?: string;
  readonly format: RowFormat;
  /** A path; true: one named after the study; false: none. */
  readonly report: string | boolean;
}

/** Ends with exit code 1 where the run was stopped, or no trial succeeded. */
export async function runAndShow(
  run: (options: RunOptions) => Promise<RunResult>,
  flags: RunFlags,
): Promise<void> {
  const store = storePath(flags.store);
  const line = new ProgressLine();
  // Ctrl-C stops at the end of a batch; a second one at once, which loses that batch alone.
  const stop = stopOnSignal(() => {
    line.clear();
    say("finishing the batch, for 5 s at most; press Ctrl-C again to stop at once");
  });
  let result: RunResult;
  line.show("preparing the study");
  try {
    result = await run({
      store,
      signal: stop.signal,
      onProgress: (progress) => line.update(progress),
    });
  } finally {
    line.clear();
    stop.release();
  }
  const { counts } = result;
  const view = viewStudy(flags.store, String(result.id));
  const name = printable(result.name);
  const rate = result.added > 0 ? ` in ${formatDuration(result.elapsedMs)}` : "";
  say(
    `study ${name}: ${result.trials.toLocaleString("en-US")} designs evaluated${rate}, kept in ${store}`,
  );
  for (const note of view.study.notes) say(`  ${printable(note)}`);
  if (result.trials === 0 && result.state === "finished")
    warn("the time was over before the first batch; allow more --minutes");
  if (counts.failed > 0) {
    const [first] = view.trials.errors;
    warn(
      `${counts.failed} designs failed${first ? `; trial ${first[0]}: ${printable(first[1])}` : ""}`,
    );
  }
  if (counts.infeasible > 0) say(`${counts.infeasible} designs violate a constraint`);
  if (counts.pruned > 0) say(`${counts.pruned} designs were not worth the expensive objectives`);
  printFront(view, flags.format);
  if (flags.report !== false) {
    const path = flags.report === true ? fileNameOf(result.name) : flags.report;
    // The time of a resumed run is not that of the study.
    const whole = result.added === result.trials;
    writeReport(view, path, whole ? result.elapsedMs : undefined);
    say(`report: ${resolve(path)}`);
  }
  if (result.state === "interrupted") {
    process.exitCode = 1;
    say(`stopped; \`tidemark resume ${name}\` goes on`);
  } else if (result.trials > 0 && counts.complete === 0) {
    const what = counts.failed === result.trials ? "every design failed" : "no design is feasible";
    throw new UserError(`study ${name}: ${what}`, {
      hint: "the trials say why: `tidemark export` lists them",
    });
  }
}
