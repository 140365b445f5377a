import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { reasonOf } from "../../../src/runtime/data/image-folder.ts";
import { datasetFormat, type ReadProgress, readDataset } from "../../../src/runtime/data/index.ts";
import { sharedPath } from "../../shared.ts";
import { folderOf, newFolder, png, refusal, tarOf } from "./helpers.ts";

/** 2x3 pixels that tell everything apart: channel c of pixel p of image i is 50 i + 10 c + p. */
const pixels = (i: number) =>
  Uint8Array.from({ length: 18 }, (_, at) => 50 * i + 10 * (at % 3) + Math.floor(at / 3));
const planes = (i: number) =>
  Array.from({ length: 18 }, (_, at) => 50 * i + 10 * Math.floor(at / 6) + (at % 6));
const none = { cache: false } as const;
let files: Record<string, Uint8Array>;

beforeAll(async () => {
  const image = (i: number) => png(3, 2, 3, pixels(i));
  files = {
    "train/dog/b.png": await image(1),
    "train/cat/a.png": await image(0),
    "train/dog/a.PNG": await image(2),
    "test/cat/x.png": await image(3),
    "test/dog/y.webp": await sharp(pixels(4), { raw: { width: 3, height: 2, channels: 3 } })
      .webp({ lossless: true })
      .toBuffer(),
    "train/dog/.hidden.png": Buffer.from("no image"),
    "train/dog/notes.txt": Buffer.from("stray"),
  };
});

describe("images by class", () => {
  it("reads folders and archives alike, channels first", async () => {
    const folder = folderOf({ "wrapped/set/.keep": "", ...prefixed("wrapped/set/") });
    for (const path of [folderOf(files), folder, tarOf(folder)]) {
      const set = await readDataset(path, none);
      expect(set.classes).toEqual(["cat", "dog"]);
      expect(set.train).toMatchObject({ shape: [3, 2, 3], count: 3 });
      const rows = [0, 1, 2].map((i) => [...set.train.samples.subarray(18 * i, 18 * (i + 1))]);
      const byLabel = rows.map((row, i) => [set.train.labels[i], row]);
      expect(new Set(byLabel.map(String))).toEqual(
        new Set(
          [
            [0, planes(0)],
            [1, planes(2)],
            [1, planes(1)],
          ].map(String),
        ),
      );
      expect([...set.test!.samples]).toEqual([...planes(3), ...planes(4)]);
      expect(set.skipped).toEqual([
        { where: expect.stringMatching(/train\/dog\/notes.txt$/), reason: "not an image" },
      ]);
    }
  });

  it("tells how far it is, of folders and archives", async () => {
    const many = folderOf(
      Object.fromEntries(
        await Promise.all(
          Array.from({ length: 40 }, async (_, i) => [
            `${i % 2 ? "a" : "b"}/${i}.png`,
            await png(3, 2, 3, pixels(i % 5)),
          ]),
        ),
      ),
    );
    // A clock on which every image takes a second.
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 1000));
    try {
      for (const path of [many, tarOf(many)]) {
        const heard: ReadProgress[] = [];
        await readDataset(path, { ...none, onProgress: (progress) => heard.push(progress) });
        expect(heard.map(({ done }) => done)).toEqual([
          ...Array.from({ length: 40 }, (_, i) => i + 1),
          40,
        ]);
        const shares = heard.map(({ share }) => share!);
        expect(shares).toEqual(shares.toSorted((a, b) => a - b));
        expect(shares[0]).toBeGreaterThan(0);
        expect(shares.at(-1)).toBe(1);
        if (path === many) expect(shares[19]).toBe(0.5);
      }
    } finally {
      clock.mockRestore();
    }
  });

  const prefixed = (prefix: string) =>
    Object.fromEntries(Object.entries(files).map(([name, bytes]) => [prefix + name, bytes]));

  it("takes flat folders as training images, and grey images as one channel", async () => {
    const grey = (v: number) => png(2, 2, 1, Uint8Array.from([v, 0, 255, 9]));
    const set = await readDataset(
      folderOf({ "b/1.png": await grey(5), "a/1.png": await grey(6) }),
      none,
    );
    expect(set.test).toBeUndefined();
    expect(set.train.shape).toEqual([1, 2, 2]);
    expect([...set.train.samples]).toEqual([6, 0, 255, 9, 5, 0, 255, 9]);
    const colour = await readDataset(
      folderOf({
        "b/1.png": await grey(5),
        "a/1.png": await png(2, 2, 3, new Uint8Array(12).fill(3).fill(4, 0, 1)),
      }),
      none,
    );
    expect(colour.train.shape).toEqual([3, 2, 2]);
    expect([...colour.train.samples.subarray(12)]).toEqual([
      5, 0, 255, 9, 5, 0, 255, 9, 5, 0, 255, 9,
    ]);
    const back = await readDataset(
      folderOf({ "b/1.png": await grey(5), "a/1.png": await grey(6) }),
      { ...none, channels: 3 },
    );
    expect([...back.train.samples.subarray(0, 12)]).toEqual([
      6, 0, 255, 9, 6, 0, 255, 9, 6, 0, 255, 9,
    ]);
  });

  it("turns by EXIF, drops transparency, and reads 16-bit and palette PNG and grey JPEG", async () => {
    const white = { raw: { width: 8, height: 8, channels: 4 as const } };
    const clear = await sharp(
      new Uint8Array(256).fill(0).map((_, i) => (i % 4 === 0 ? 200 : 0)),
      white,
    )
      .png()
      .toBuffer();
    const turned = await sharp(
      new Uint8Array(192).map((_, i) => (i < 24 ? 255 : 0)),
      { raw: { width: 8, height: 8, channels: 3 } },
    )
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    const palette = await sharp(clear).removeAlpha().png({ palette: true }).toBuffer();
    const deep = await sharp(clear).removeAlpha().toColourspace("rgb16").png().toBuffer();
    const jpeg = await sharp(new Uint8Array(64).fill(77), {
      raw: { width: 8, height: 8, channels: 1 },
    })
      .toColourspace("b-w")
      .jpeg()
      .toBuffer();
    const set = await readDataset(
      folderOf({
        "a/1.png": clear,
        "a/2.png": turned,
        "b/3.png": palette,
        "b/4.png": deep,
        "b/5.jpg": jpeg,
      }),
      none,
    );
    const at = (i: number, c: number, y: number, x: number) =>
      set.train.samples[((3 * i + c) * 8 + y) * 8 + x];
    for (const i of [0, 2, 3]) expect([at(i, 0, 4, 4), at(i, 1, 4, 4)]).toEqual([200, 0]);
    // Orientation 6: the first row becomes the last column.
    expect([at(1, 0, 0, 0), at(1, 0, 0, 7), at(1, 0, 7, 7)]).toEqual([0, 255, 255]);
    expect([at(4, 0, 3, 3), at(4, 2, 3, 3)]).toEqual([77, 77]);
  });

  it("resizes where asked, and says which images differ where not", async () => {
    const other = { ...files, "train/cat/wide.png": await png(4, 2, 3, new Uint8Array(24)) };
    const error = await refusal(() => readDataset(folderOf(other), none));
    expect(error.message).toMatch(/wide\.png is 4x2 pixels, .*3x2|3x2 pixels, .* 4x2/);
    expect(error.hint).toContain("--size");
    const set = await readDataset(folderOf(other), { ...none, size: [2, 2] });
    expect(set.train).toMatchObject({ shape: [3, 2, 2], count: 4 });
    // A crop of 2x2 from 3x2 keeps columns of the original at full height.
    const wide = await readDataset(
      folderOf({
        "a/1.png": await png(4, 2, 3, new Uint8Array(24).fill(90)),
        "b/1.png": await png(2, 2, 3, new Uint8Array(12).fill(30).fill(31, 0, 1)),
      }),
      { ...none, size: [2, 2], fit: "pad" },
    );
    expect([...wide.train.samples.subarray(0, 4)].some((v) => v < 90)).toBe(true);
  });

  it("skips a corrupt image among many, names it, and refuses more than 1 %", async () => {
    const good = await png(1, 1, 3, Uint8Array.from([1, 2, 3]));
    const many = Object.fromEntries(
      Array.from({ length: 120 }, (_, i) => [`${i % 2 ? "a" : "b"}/${i}.png`, good]),
    );
    const folder = folderOf({ ...many, "a/broken.png": good.subarray(0, 40) });
    const set = await readDataset(folder, none);
    expect(set.train.count).toBe(120);
    expect(set.skipped).toHaveLength(1);
    expect(set.skipped[0]).toMatchObject({ where: "a/broken.png" });
    writeFileSync(join(folder, "b/text.jpg"), "this is no JPEG");
    const error = await refusal(() => readDataset(folder, none));
    expect(error.message).toMatch(
      /2 of 122 samples are corrupt, more than 1 %:\na\/broken.png: .*\nb\/text.jpg: /,
    );
  });

  it.each([
    [
      "a class without test images",
      (f: typeof files) => ({ ...f, "train/bird/1.png": f["train/cat/a.png"]! }),
      /test has no sample of class bird/,
    ],
    [
      "a class only in test",
      (f: typeof files) => ({ ...f, "test/bird/1.png": f["train/cat/a.png"]! }),
      /train has no sample of class bird/,
    ],
    [
      "names that differ in case",
      (f: typeof files) => ({ ...f, "train/Cat/1.png": f["train/cat/a.png"]! }),
      /classes 'Cat' and 'cat' have the same name/,
    ],
    [
      "images beside the classes",
      (f: typeof files) => ({ ...f, "train/1.png": f["train/cat/a.png"]! }),
      /lies in train\/ itself/,
    ],
    [
      "both orders",
      (f: typeof files) => ({ ...f, "cat/1.png": f["train/cat/a.png"]! }),
      /folders of different order/,
    ],
    [
      "all corrupt",
      () => ({ "a/1.png": Buffer.from("x"), "b/2.png": Buffer.from("y") }),
      /none of 2 images can be decoded; a\/1.png/,
    ],
    [
      "one class",
      (f: typeof files) => ({ "a/1.png": f["train/cat/a.png"]! }),
      /one class only \(a\)/,
    ],
    [
      "nothing of use",
      () => ({ "a/1.docx": "x" }),
      /no data set of a known format, it holds a\/1.docx/,
    ],
  ])("refuses %s", async (_, change, message) => {
    const error = await refusal(() => readDataset(folderOf(change(files)), none));
    expect(error.message).toMatch(message);
    expect(error.hint).toBeTruthy();
  });

  it("refuses a class without images, by name, before and after it was read", async () => {
    const folder = folderOf(files);
    const cache = newFolder();
    await readDataset(folder, { cache });
    mkdirSync(join(folder, "train/bird"));
    mkdirSync(join(folder, "train/.thumbnails"));
    for (const options of [{ cache }, none])
      expect((await refusal(() => readDataset(folder, options))).message).toMatch(
        /the folder train\/bird is empty, a class without images/,
      );
    rmSync(join(folder, "train/bird"), { recursive: true });
    expect((await readDataset(folder, none)).classes).toEqual(["cat", "dog"]);
  });

  it("refuses an empty folder, a missing path, and a cut archive", async () => {
    expect((await refusal(() => readDataset(newFolder(), none))).message).toContain(
      "holds no files",
    );
    expect(await refusal(() => readDataset("no/such/path"))).toMatchObject({ exitCode: 2 });
    const archive = tarOf(folderOf(files));
    writeFileSync(archive, readFileSync(archive).subarray(0, -60));
    expect((await refusal(() => readDataset(archive, none))).message).toMatch(/is damaged/);
  });
});

describe("the cache", () => {
  it("gives the same data set without decoding, and notices changed files", async () => {
    const folder = folderOf(files);
    const cache = newFolder();
    const first = await readDataset(folder, { cache });
    const stored = readdirSync(cache);
    expect(stored.map((name) => name.replace(/.*\./, "")).sort()).toEqual(["bin", "json"]);
    const times = stored.map((name) => statSync(join(cache, name)).mtimeMs);
    expect(await readDataset(folder, { cache })).toEqual(first);
    expect(stored.map((name) => statSync(join(cache, name)).mtimeMs)).toEqual(times);
    // Other options are another entry.
    expect((await readDataset(folder, { cache, size: [1, 1] })).train.shape).toEqual([3, 1, 1]);
    writeFileSync(join(folder, "train/cat/b.png"), files["test/cat/x.png"]!);
    expect((await readDataset(folder, { cache })).train.count).toBe(4);
    rmSync(join(folder, "train/cat/b.png"));
    writeFileSync(join(folder, "train/cat/a.png"), files["test/cat/x.png"]!);
    expect([...(await readDataset(folder, { cache })).train.samples]).not.toEqual([
      ...first.train.samples,
    ]);
  });

  it.each([
    [
      "a flipped byte",
      (bin: string) => {
        const b = readFileSync(bin);
        b[5]! ^= 1;
        writeFileSync(bin, b);
      },
    ],
    ["a cut file", (bin: string) => writeFileSync(bin, readFileSync(bin).subarray(0, -1))],
    ["no index", (_: string, json: string) => rmSync(json)],
    ["a foreign index", (_: string, json: string) => writeFileSync(json, "{}")],
    [
      "a wrong count",
      (_: string, json: string) =>
        writeFileSync(json, readFileSync(json, "utf8").replace('"count":3', '"count":2')),
    ],
  ])("is made anew: %s", async (_, damage) => {
    const folder = folderOf(files);
    const cache = newFolder();
    const first = await readDataset(folder, { cache });
    const [bin, json] = readdirSync(cache)
      .sort()
      .map((name) => join(cache, name));
    damage(bin!, json!);
    expect(await readDataset(folder, { cache })).toEqual(first);
    expect(await readDataset(folder, { cache })).toEqual(first);
    expect(readdirSync(cache)).toHaveLength(2);
  });

  it("goes on with a note where it cannot be written", async () => {
    const cache = join(newFolder(), "file");
    writeFileSync(cache, "");
    const set = await readDataset(folderOf(files), { cache: join(cache, "below") });
    expect(set.train.count).toBe(3);
    expect(set.notes).toEqual([expect.stringContaining("could not be kept")]);
  });
});

describe("CIFAR-10 as a folder of JPEGs", () => {
  it("is sniffed from its archive", async () => {
    const path = sharedPath("data/cifar10/cifar10-jpg.tar.gz");
    if (path === undefined) return;
    expect(datasetFormat(path)).toBe("images by class");
  });
});

describe("reasonOf", () => {
  it.each([
    ["Input buffer has corrupt header:", "Input buffer has corrupt header"],
    [
      "has corrupt header: VipsJpeg: premature end\nmore",
      "has corrupt header: VipsJpeg: premature end",
    ],
    [
      "has corrupt header: \nVipsJpeg: premature end",
      "has corrupt header: VipsJpeg: premature end",
    ],
  ])("%j is told as %j", (message, told) => {
    expect(reasonOf(new Error(message))).toBe(told);
  });
});
