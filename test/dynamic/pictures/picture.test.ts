import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { extremes } from "../../../src/dynamic/pictures/gallery.ts";
import {
  enlarged,
  framed,
  isPictorial,
  marked,
  type Picture,
  pictureOf,
} from "../../../src/dynamic/pictures/picture.ts";
import { pngOf } from "../../../src/dynamic/pictures/png.ts";

const pixels = async (picture: Picture) => {
  const { data, info } = await sharp(await pngOf(picture))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([picture.width, picture.height, 3]);
  return (x: number, y: number) => [
    ...data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3),
  ];
};

/** Two samples of [channels, 2, 3]. */
const set = (channels: number) => ({
  samples: Uint8Array.from({ length: 2 * channels * 6 }, (_, i) => i),
  shape: [channels, 2, 3],
  count: 2,
  labels: new Int32Array(2),
});

describe("pictures of samples", () => {
  it("are the bytes of the sample, channels last", async () => {
    const colour = await pixels(pictureOf(set(3), 1));
    // Sample 1 begins at 18; its channels are 6 apart.
    expect(colour(0, 0)).toEqual([18, 24, 30]);
    expect(colour(2, 1)).toEqual([23, 29, 35]);
    const grey = await pixels(pictureOf(set(1), 1));
    expect(grey(1, 1)).toEqual([10, 10, 10]);
  });

  it("are enlarged in squares and framed", async () => {
    const large = enlarged(pictureOf(set(1), 0), 4);
    const at = await pixels(framed(large, [9, 8, 7], 2));
    for (let y = 0; y < 12; y++)
      for (let x = 0; x < 16; x++) {
        const [u, v] = [x - 2, y - 2];
        const value = Math.floor(v / 4) * 3 + Math.floor(u / 4);
        expect(at(x, y)).toEqual(
          u < 0 || v < 0 || u >= 12 || v >= 8 ? [9, 8, 7] : [value, value, value],
        );
      }
  });

  it("are tinted where blocks were computed and darkened where they were not", async () => {
    const plain = { width: 4, height: 4, data: new Uint8Array(48).fill(100) };
    const mask = { region: "r", rows: 2, columns: 2, active: Uint8Array.of(1, 0, 0, 1) };
    const at = await pixels(marked(plain, mask, [200, 0, 100]));
    for (let y = 0; y < 4; y++)
      for (let x = 0; x < 4; x++)
        // 0.6 of the image and 0.4 of the colour; 0.35 of the image.
        expect(at(x, y)).toEqual(x < 2 === y < 2 ? [140, 60, 100] : [35, 35, 35]);
  });

  it("share a side evenly that blocks do not divide", async () => {
    const plain = { width: 5, height: 1, data: new Uint8Array(15).fill(100) };
    const at = await pixels(
      marked(
        plain,
        { region: "r", rows: 1, columns: 2, active: Uint8Array.of(0, 1) },
        [100, 100, 100],
      ),
    );
    expect([0, 1, 2, 3, 4].map((x) => at(x, 0)[0])).toEqual([35, 35, 35, 100, 100]);
  });

  it("are of images of bytes alone", () => {
    expect(isPictorial(set(1))).toBe(true);
    expect(isPictorial(set(2))).toBe(false);
    expect(isPictorial({ ...set(1), samples: new Float32Array(12) })).toBe(false);
    expect(isPictorial({ ...set(1), shape: [6] })).toBe(false);
  });
});

describe("the cheapest and the dearest", () => {
  it("are the ends of the order of costs, ties in their own order, none in both", () => {
    expect(extremes([5, 1, 3, 1, 9], 2)).toEqual({ cheap: [1, 3], dear: [4, 0] });
    expect(extremes([5, 1, 3], 9)).toEqual({ cheap: [1], dear: [0] });
    expect(extremes([5, 1, 3], 0)).toEqual({ cheap: [], dear: [] });
  });
});
