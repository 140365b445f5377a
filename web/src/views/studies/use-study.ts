/** One study, kept up to date: its facts, and what its trials say. */
import { useEffect, useState } from "preact/hooks";
import type { TrialPage } from "../../../../src/server/api/columns.ts";
import type { ApiError, StudyDetail } from "../../../../src/server/api/types.ts";
import { joinPages } from "../../api/pages.ts";
import { source } from "../../api/source.ts";
import { errorOf, list, onEvent } from "../../state/live.ts";
import { type Results, resultsOf } from "./results.ts";

export interface Followed {
  /** As it was last read: it stays when the study is deleted or the server is gone. */
  readonly study: StudyDetail | undefined;
  readonly results: Results | undefined;
  readonly error: ApiError | undefined;
}

/** A running study is read at most this often. */
const EVERY_MS = 1000;
const NOTHING: Followed = { study: undefined, results: undefined, error: undefined };

export function useStudy(id: number): Followed {
  const [followed, set] = useState(NOTHING);
  useEffect(() => follow(id, (change) => set((before) => ({ ...before, ...change }))), [id]);
  // State and trials come with every event, the rest when it is read again.
  const row = list.value?.studies.find((each) => each.id === id);
  if (followed.study === undefined || row === undefined) return followed;
  const { state, trials, note } = row;
  return { ...followed, study: { ...followed.study, state, trials, note } };
}

/** Reads the study now and whenever something happens to it. @returns stops following */
function follow(id: number, tell: (change: Partial<Followed>) => void): () => void {
  let over = false;
  let page: TrialPage | undefined;
  let reading = false;
  let again = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const read = async () => {
    if (reading) {
      again = true;
      return;
    }
    reading = true;
    try {
      const study = await source.study(id);
      // Trials are never changed, only added.
      const next = await source.trials(id, page?.count ?? 0);
      page = page === undefined ? next : joinPages(page, next);
      const results = resultsOf(study.objectives, page);
      if (!over) tell({ study, results, error: undefined });
    } catch (failed) {
      if (!over) tell({ error: errorOf(failed) });
    }
    timer = setTimeout(() => {
      reading = false;
      if (again && !over) {
        again = false;
        void read();
      }
    }, EVERY_MS);
  };
  const stop = onEvent((event) => {
    if (event.kind === "studies" || (event.kind === "study" && event.id === id)) void read();
  });
  void read();
  return () => {
    over = true;
    clearTimeout(timer);
    stop();
  };
}
