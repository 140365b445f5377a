/** How studies read data sets, and what they refuse before the first design is trained. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { buildProblem, resolveSpec } from "../../src/study/index.ts";
import { asKeys, readOf } from "../../src/study/objectives/accuracy-reading.ts";
import { temporaryFolder, userError } from "./helpers.ts";

const folder = temporaryFolder();
const NET = "resnet-cifar:depth=8,channels1=4,channels2=4,channels3=4";

const problemOf = (objective: object, base = `${NET},resolution=28`) =>
  buildProblem(
    resolveSpec(
      {
        space: { kind: "morphism", base },
        objectives: ["params", objective],
        search: "random",
      },
      { origin: "my.yaml", folder },
    ),
  );
const accuracy = (more: object) => ({
  name: "accuracy",
  data: "fashion-mnist-tiny",
  epochs: 1,
  batch: 50,
  ...more,
});

/** Two classes of grey images, wider than high. */
async function images(): Promise<string> {
  const place = join(folder, "images");
  for (const [name, level] of [
    ["dark", 40],
    ["light", 200],
  ] as const) {
    mkdirSync(join(place, name), { recursive: true });
    for (let i = 0; i < 12; i++) {
      const background = { r: level + i, g: level + i, b: level + i };
      const image = sharp({ create: { width: 14, height: 10, channels: 3, background } });
      await image.png().toFile(join(place, name, `${i}.png`));
    }
  }
  return place;
}

describe("reading options in a study", () => {
  it("are those of `tidemark train`", () => {
    expect(readOf({})).toEqual({});
    expect(readOf({ size: 32, fit: "pad", channels: 1 })).toEqual({
      size: [32, 32],
      fit: "pad",
      channels: 1,
    });
    expect(readOf({ size: "64x48", label: "kind", coarse: true })).toEqual({
      size: [64, 48],
      label: "kind",
      labels: "coarse",
    });
    expect(readOf({ coarse: false })).toEqual({});
  });

  it("bring images of another size to the networks, for training and for proxies", async () => {
    const data = await images();
    const base = `${NET},resolution=16,classes=2`;
    const context = { folder: join(folder, "work"), parents: [undefined] };
    const trained = await problemOf(accuracy({ data, batch: 4, size: 16, fit: "stretch" }), base);
    await trained.prepare();
    const [score] = await trained.evaluate([{ steps: "base" }], 1, context);
    expect(score).toEqual({ accuracy: expect.any(Number) });
    const scored = await problemOf({ name: "snip", proxy: "snip", data, batch: 8, size: 16 }, base);
    await scored.prepare();
    const [value] = await scored.evaluate([{ steps: "base" }], 0, context);
    expect(value).toEqual({ params: expect.any(Number), snip: expect.any(Number) });

    const unsized = await problemOf(accuracy({ data, batch: 4 }), base);
    const error = await userError(() => unsized.prepare());
    expect(error).toMatch(/objective 'accuracy': .*takes input of \[batch, 3, 16, 16\].*3x10x14/);
    expect(error).toMatch(/size: 16x16/);
    expect(error).not.toMatch(/--/);
  }, 60_000);

  it.each([
    [accuracy({ channels: 1 }), /takes input of \[batch, 3, 28, 28\].*1x28x28.*channels: 3/s],
    [accuracy({ size: 28 }), /'size' is for images by class.*leave 'size' out/s],
    [accuracy({ coarse: true }), /'coarse' is for CIFAR-100/],
    [accuracy({ batch: 451 }), /batch of 451 is more than the 450 samples.*batch of 450 or less/s],
    [{ name: "p", proxy: "nwot", data: "fashion-mnist-tiny", channels: 1 }, /'p': .*1x28x28/],
  ])(
    "that do not fit are one error of the study, told before it begins: %j",
    async (given, text) => {
      const problem = await problemOf(given);
      const error = await problem.prepare().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(UserError);
      const { message, hint, exitCode } = error as UserError;
      expect(`${message}\n${hint}`).toMatch(text);
      expect(`${message}\n${hint}`).not.toMatch(/--\w/);
      expect(exitCode).toBe(2);
    },
  );

  it("are checked as the file is read", async () => {
    const refusal = (objective: object) => userError(() => problemOf(objective));
    expect(await refusal(accuracy({ size: "28x" }))).toMatch(/objectives\[1\]\.size: '28x'.*64x48/);
    expect(await refusal(accuracy({ channels: 2 }))).toMatch(/objectives\[1\]\.channels/);
    expect(await refusal(accuracy({ fit: "corp" }))).toMatch(/did you mean 'crop'/);
    expect(await refusal({ name: "s", proxy: "synflow", size: 28 })).toMatch(
      /size .*data is missing/,
    );
    expect(await refusal(accuracy({ data: "fashion-mnist-tin" }))).toMatch(
      /did you mean fashion-mnist-tiny\?/,
    );
    for (const [key, meant] of Object.entries({
      lr: "learningRate",
      clip: "clipNorm",
      ema: "emaDecay",
      "weight-decay": "weightDecay",
    }))
      expect(await refusal(accuracy({ [key]: 0.1 }))).toContain(`did you mean '${meant}'?`);
    writeFileSync(join(folder, "broken.csv"), "a,b\n1,2\n");
    const table = await problemOf(accuracy({ data: "broken.csv" }));
    const error = await userError(() => table.prepare());
    expect(error).toMatch(/objective 'accuracy'/);
    expect(error).toMatch(/label: NAME/);
  });

  it("are named by their keys in messages about flags", () => {
    expect(asKeys("e.g. --channels 3 and --size 28x28 (folders)")).toBe(
      "e.g. channels: 3 and size: 28x28 (folders)",
    );
    expect(asKeys("lower the rate (--lr 0.01), or limit the gradient (--clip 1), ")).toBe(
      "lower the rate (learningRate: 0.01), or limit the gradient (clipNorm: 1), ",
    );
    expect(asKeys("--size is for folders; leave --weight-decay out")).toBe(
      "'size' is for folders; leave 'weightDecay' out",
    );
    expect(asKeys("a -- b")).toBe("a -- b");
  });
});
