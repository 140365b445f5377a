/** One study of the store, opened for reading: what `front`, `export` and `report` work on. */
import { openReader, type StudyRecord, storePath, type TrialBlock } from "../study/index.ts";

export interface StudyView {
  readonly study: StudyRecord;
  readonly trials: TrialBlock;
}

/** @param reference id, name or unique beginning of a name; the latest study where absent */
export function viewStudy(store: string | undefined, reference: string | undefined): StudyView {
  const reader = openReader(storePath(store));
  try {
    const wanted = reference ?? reader.studies().at(-1)?.id;
    const study = reader.study(wanted ?? "");
    return { study, trials: reader.trials(study.id) };
  } finally {
    reader.close();
  }
}
