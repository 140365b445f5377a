import { expect, test } from "vitest";
import { Turns } from "../../src/runtime/turns.ts";

test("does one piece of work after the other, whatever each takes, and goes on after a failure", async () => {
  const turns = new Turns();
  const log: string[] = [];
  const work = (name: string, ms: number, fails = false) =>
    turns.next(async () => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, ms));
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const results = await Promise.allSettled([work("a", 20), work("b", 5, true), work("c", 0)]);
  expect(log).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  expect(results.map((r) => r.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});
