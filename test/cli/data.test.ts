import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandIn, failure } from "./run.ts";

const { folder, run } = commandIn();

describe("data", () => {
  it("lists the data sets known by name", () => {
    const ran = run("data", "-f", "json");
    expect(ran.code).toBe(0);
    const rows = JSON.parse(ran.stdout) as { name: string; path?: string; origin: string }[];
    expect(rows.map((row) => row.name)).toContain("cifar10");
    expect(rows.find((row) => row.name === "fashion-mnist-tiny")!.path).toMatch(
      /fashion-mnist-tiny$/,
    );
    expect(run("data").stderr).toContain("TIDEMARK_DATA");
  });

  it("checks one: classes, statistics, duplicates", () => {
    const ran = run("data", "fashion-mnist-tiny", "-f", "json");
    const json = JSON.parse(ran.stdout);
    expect(json).toMatchObject({ shape: [1, 28, 28], skipped: [], leaks: [] });
    expect(json.splits[1]).toMatchObject({ split: "test", count: 200 });
    expect(run("data", "fashion-mnist-tiny").stdout).toMatch(/^Ankle boot +50 +20$/m);
    const csv = join(folder, "t.csv");
    writeFileSync(
      csv,
      "a,b,label,split\n1,2,x,train\n3,4,y,train\n3,4,x,test\n1,2,x,test\n5,5,y,test\n",
    );
    const leaky = run("data", csv, "-f", "csv");
    expect(leaky.stdout).toBe("class,train,test\nx,1,2\ny,1,1\n");
    expect(leaky.stderr).toMatch(
      /2 samples of other splits are also in train, 1 of them with another label/,
    );
  });

  it("says what is wrong with a path", () => {
    expect(failure(run("data", "nowhere/at-all"), 2)).toContain("does not exist");
    mkdirSync(join(folder, "empty"));
    expect(failure(run("data", "./empty"), 2)).toContain("holds no files");
    writeFileSync(join(folder, "zero.csv"), "");
    expect(failure(run("data", "zero.csv"), 1)).toContain("is empty");
    expect(failure(run("data", "fashion-mnist-tiny", "--size", "0"), 2)).toContain(
      "expected pixels",
    );
    expect(failure(run("data", "fashion-mnist-tiny", "--size", "32"), 2)).toContain(
      "--size is for images by class, not for IDX",
    );
  });
});
