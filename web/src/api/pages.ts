/** Pages of trials, cut and joined. */
import type { TrialPage } from "../../../src/server/api/columns.ts";
import { concatBlocks, sliceBlock } from "../../../src/study/block.ts";

/** What of a page comes from trial `from` on. */
export function slicePage(page: TrialPage, from: number): TrialPage {
  const first = Math.min(Math.max(from, page.first), page.first + page.count);
  return { ...sliceBlock(page, first - page.first), first };
}

/** A page and the one that follows it. */
export function joinPages(page: TrialPage, next: TrialPage): TrialPage {
  return { ...concatBlocks([page, next]), first: page.first };
}
