export { storePath } from "./path.ts";
export type { StudyMeta, StudyRecord } from "./queries.ts";
export { openReader, type StoreReader } from "./reader.ts";
export { type NewStudy, type OwnedStudy, openWriter, type StoreWriter } from "./writer.ts";
