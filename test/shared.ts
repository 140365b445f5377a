/** Where the larger shared data lies, for tests that use it when it is there. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The path of `rel` in the data beside the checkout; undefined, with a printed reason, where absent. */
export function sharedPath(rel: string): string | undefined {
  const path = fileURLToPath(new URL(`../../shared/${rel}`, import.meta.url));
  if (existsSync(path)) return path;
  console.warn(`skipped: ../shared/${rel} is not there`);
  return undefined;
}
