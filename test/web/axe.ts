/** What axe-core finds serious or critical in what a page shows now. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Found {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/**
 * Runs in a world of its own: the page's content security policy forbids scripts from outside, and its
 * own scripts see nothing of it.
 */
export async function seriousProblems(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  try {
    const { frameTree } = await session.send("Page.getFrameTree");
    const { executionContextId } = await session.send("Page.createIsolatedWorld", {
      frameId: frameTree.frame.id,
      worldName: "axe",
    });
    const run = async (expression: string, awaitPromise: boolean) => {
      const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
        expression,
        contextId: executionContextId,
        awaitPromise,
        returnByValue: true,
      });
      if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text);
      return result.value as unknown;
    };
    await run(`${SOURCE}; 0`, false);
    const found = (await run(
      "axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations)",
      true,
    )) as Found[];
    return found
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
      );
  } finally {
    await session.detach();
  }
}

/** In both colours; the page is left in the dark ones. */
export async function problemsInBothColours(page: Page): Promise<string[]> {
  const problems: string[] = [];
  for (const colours of ["light", "dark"]) {
    await page.getByLabel("Colours").selectOption(colours);
    problems.push(...(await seriousProblems(page)));
  }
  return problems;
}
