export { annotateStudy, MAX_NOTE } from "./annotate.ts";
export { isBusy } from "./errors.ts";
export { liveness, type Owner } from "./owner.ts";
export { storePath } from "./path.ts";
export type { StudyMeta, StudyOverview, StudyPulse, StudyRecord } from "./queries.ts";
export { openReader, type StoreReader } from "./reader.ts";
export { type NewStudy, type OwnedStudy, openWriter, type StoreWriter } from "./writer.ts";
