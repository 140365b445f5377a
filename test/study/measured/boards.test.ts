import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deviceJson } from "../../../src/study/devices.ts";
import { Boards } from "../../../src/study/measured/boards.ts";

describe("Boards", () => {
  it("refuses another shipped board's rows as those of the one that is wanted", () => {
    expect(() => new Boards("t4").chooser(new Set(["v100-pcie"]), "x.csv")).toThrow(
      /x\.csv has no rows of t4: its boards are v100-pcie/,
    );
  });

  it("takes a table of one board whose name says nothing, and the wanted board's own rows", () => {
    const boards = new Boards("t4");
    expect(boards.chooser(new Set(["lab machine 3"]), "x.csv")("lab machine 3")).toBe(
      boards.wanted,
    );
    const choose = boards.chooser(new Set(["T4", "v100-pcie"]), "x.csv");
    expect(choose("T4")).toBe(boards.wanted);
    expect(choose("v100-pcie")).toBe("another board, 'v100-pcie'");
  });

  it("lets a device file of the user's own stand for any board", () => {
    const path = join(mkdtempSync(join(tmpdir(), "tidemark-boards-")), "mine.json");
    const file = deviceJson("v100-pcie") as Record<string, unknown>;
    writeFileSync(path, JSON.stringify({ ...file, id: "mine", name: "Mine", aliases: [] }));
    const boards = new Boards(path);
    expect(boards.chooser(new Set(["v100-pcie"]), "x.csv")("v100-pcie")).toBe(boards.wanted);
  });
});
