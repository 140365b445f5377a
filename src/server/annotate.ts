/** Sets a note without keeping the server's other readers waiting for the store's writer. */
import { annotateStudy, isBusy } from "../study/index.ts";

/** SQLite waits within one call, and nothing else is answered meanwhile: briefly, then. */
const ONCE_MS = 20;
const BETWEEN_MS = 30;
/** A batch of a running study is written in some milliseconds. */
const PATIENCE_MS = 10_000;

/** @throws UserError where there is no such study, or the store stays locked */
export async function annotate(path: string, id: number, note: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      annotateStudy(path, id, note, ONCE_MS);
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error;
      await new Promise((done) => setTimeout(done, BETWEEN_MS));
    }
  }
}
