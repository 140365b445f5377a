/** Temporary folders, and the errors that a user is shown. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { UserError } from "../../src/base/errors.ts";

/** A folder that is gone after the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The `UserError` that `body` ends with, as one text: message and hint. */
export async function userError(body: () => unknown): Promise<string> {
  try {
    await body();
  } catch (error) {
    if (error instanceof UserError) return `${error.message}\n${error.hint ?? ""}`;
    throw error;
  }
  throw new Error("expected a UserError, and nothing was thrown");
}

/** The built package, which worker threads and child processes run. */
export function built(path: string): string {
  const file = fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));
  if (!existsSync(file)) throw new Error(`${file} is missing: run \`npm run build\` first`);
  return file;
}
