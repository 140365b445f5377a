import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { UserError } from "../../../src/base/errors.ts";
import { deviceJson } from "../../../src/study/devices.ts";
import { Boards } from "../../../src/study/measured/boards.ts";

describe("Boards", () => {
  it("refuses another shipped board's rows as those of the one that is wanted", () => {
    expect(() => new Boards("t4").chooser(new Set(["v100-pcie"]), "x.csv")).toThrow(
      /x\.csv has no rows of t4: its boards are v100-pcie/,
    );
  });

  it("takes the wanted board's own rows and those that name none, and no other's", () => {
    const boards = new Boards("t4");
    const choose = boards.chooser(new Set(["T4", "v100-pcie", "", "t44", "rtx 9090"]), "x.csv");
    for (const own of ["T4", "Tesla T4", "tesla_t4", "NVIDIA Tesla T4", ""])
      expect(choose(own), own).toBe(boards.wanted);
    expect(choose("v100-pcie")).toBe("another board, 'v100-pcie'");
    expect(choose("t44")).toBe("no device 't44', did you mean 't4'?");
    expect(choose("rtx 9090")).toMatch(/^no device 'rtx 9090', did you mean 'rtx-\d090'\?$/);
    expect(boards.chooser(new Set([""]), "x.csv")("")).toBe(boards.wanted);
  });

  it("refuses a table whose only board nobody knows, with the nearest", () => {
    for (const name of ["t44", "lab machine 3"])
      expect(() => new Boards("t4").chooser(new Set([name]), "x.csv")).toThrow(
        `x.csv has no rows of t4: its boards are ${name}; no device '${name}'`,
      );
    expect(() => new Boards("t4").chooser(new Set(["t44"]), "x.csv")).toThrow(
      /did you mean 't4'\?$/,
    );
  });

  describe("a device file of the user's own", () => {
    const own = (changes: Record<string, unknown>): Boards => {
      const path = join(mkdtempSync(join(tmpdir(), "tidemark-boards-")), "mine.json");
      const file = deviceJson("v100-pcie") as Record<string, unknown>;
      writeFileSync(path, JSON.stringify({ ...file, ...changes }));
      return new Boards(path);
    };
    const mine = { id: "mine", name: "Lab machine 3", aliases: ["left-hand-one"] };

    it("has the rows of its id, name and aliases", () => {
      const boards = own(mine);
      const choose = boards.chooser(new Set(["lab-machine-3", "v100-pcie"]), "x.csv");
      for (const name of ["mine", "lab machine 3", "Left-Hand-One", ""])
        expect(choose(name), name).toBe(boards.wanted);
      expect(choose("v100-pcie")).toBe("another board, 'v100-pcie'");
    });

    it("has those of the board that ships under its id", () => {
      const boards = own({ aliases: [] });
      expect(boards.chooser(new Set(["Tesla V100"]), "x.csv")("Tesla V100")).toBe(boards.wanted);
    });

    it("is told to name the table's board where it has no rows", () => {
      let hint: string | undefined;
      try {
        own(mine).chooser(new Set(["v100-pcie"]), "x.csv");
      } catch (error) {
        hint = (error as UserError).hint;
      }
      expect(hint).toMatch(/add the table's name of the board to 'aliases'.*whose id is mine/);
    });
  });
});
