import { describe, expect, it } from "vitest";
import { suggest } from "../../src/base/suggest.ts";

const devices = ["rtx-2070", "rtx-2080-ti", "a100-80-sxm", "t4"];

describe("what was meant by a name", () => {
  it.each([
    ["rtx-2080ti", "rtx-2080-ti"],
    ["rtx-2080", "rtx-2080-ti"],
    ["RTX-2070", "rtx-2070"],
    ["rtx-2007", "rtx-2070"],
    ["a100-80sxm", "a100-80-sxm"],
    ["2080", "rtx-2080-ti"],
    ["t5", "t4"],
  ])("%s is %s", (typed, meant) => {
    expect(suggest(typed, devices)).toBe(meant);
  });

  it.each(["h100", "", "x", "something-else"])("'%s' is nothing known", (typed) => {
    expect(suggest(typed, devices)).toBeUndefined();
  });

  it("prefers the smaller slip", () => {
    expect(suggest("maximise", ["minimize", "maximize"])).toBe("maximize");
    expect(suggest("serach", ["space", "search", "stages"])).toBe("search");
  });
});
