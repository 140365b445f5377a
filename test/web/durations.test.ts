import { expect, it } from "vitest";
import {
  durationsText,
  parseDurations,
  secondsText,
} from "../../web/src/views/measure/durations.ts";

it("what measurements took is said as it was measured, and else not at all", () => {
  expect(secondsText(0.2)).toBe("1 s");
  expect(secondsText(125)).toBe("2 min 5 s");
  expect(durationsText({})).toContain("depends on the GPU");
  expect(durationsText({ quick: 14, full: 90 })).toContain(
    "a first look 14 s, the full measurement 1 min 30 s",
  );
});

it("reads back what it kept and nothing else", () => {
  expect(parseDurations('{"quick": 3, "full": 60}')).toEqual({ quick: 3, full: 60 });
  expect(parseDurations('{"quick": -3, "other": 1}')).toEqual({});
  for (const text of [null, "", "no", "3", "null"]) expect(parseDurations(text)).toEqual({});
});
