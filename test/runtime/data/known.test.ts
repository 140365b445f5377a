import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { datasetCacheFolder } from "../../../src/runtime/data/cache-folder.ts";
import { KNOWN_DATASETS, openDataset, placeOf } from "../../../src/runtime/data/index.ts";
import { newFolder, refusal } from "./helpers.ts";

const known = (name: string) => KNOWN_DATASETS.find((d) => d.name === name)!;

describe("known data sets", () => {
  it("lie in the user's folder of data sets, else where a package puts them", () => {
    const folder = newFolder();
    expect(placeOf(known("cifar10"), { TIDEMARK_DATA: folder })).toBeUndefined();
    mkdirSync(join(folder, "cifar10"));
    mkdirSync(join(folder, "fashion-mnist-tiny"));
    expect(placeOf(known("cifar10"), { TIDEMARK_DATA: folder })).toBe(join(folder, "cifar10"));
    expect(placeOf(known("cifar100"), { HOME: folder })).toBeUndefined();
    expect(placeOf(known("fashion-mnist-tiny"), { TIDEMARK_DATA: join(folder, "none") })).toMatch(
      /data\/fashion-mnist-tiny$/,
    );
  });

  it("suggest a name, and say that neither name nor path exists", async () => {
    expect((await refusal(() => openDataset("fashion_mnist"))).hint).toMatch(
      /did you mean fashion-mnist/,
    );
    expect(await refusal(() => openDataset("no/such.csv"))).toMatchObject({
      message: "no/such.csv does not exist",
      exitCode: 2,
    });
  });
});

describe("the cache folder", () => {
  it("follows the platform's custom", () => {
    const of = datasetCacheFolder;
    expect(of({ TIDEMARK_CACHE: "/c" }, "linux")).toBe("/c/datasets");
    expect(of({ XDG_CACHE_HOME: "/x", HOME: "/h" }, "linux")).toBe("/x/tidemark/datasets");
    expect(of({ XDG_CACHE_HOME: "x", HOME: "/h" }, "linux")).toBe("/h/.cache/tidemark/datasets");
    expect(of({ HOME: "/h" }, "darwin")).toBe("/h/Library/Caches/tidemark/datasets");
  });
});
