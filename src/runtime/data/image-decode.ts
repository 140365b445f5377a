/** Decoding one image to bytes, channels first, through sharp (libvips), which is loaded when first asked for. */
import type { Sharp, SharpOptions } from "sharp";
import { UserError } from "../../base/errors.ts";
import type { Fit } from "./types.ts";

export interface Decoded {
  readonly height: number;
  readonly width: number;
  /** [3, height, width] in sRGB; transparency is dropped, grey is three equal channels. */
  readonly bytes: Uint8Array;
}

export type Decode = (file: Uint8Array) => Promise<Decoded>;

const FIT = { crop: "cover", stretch: "fill", pad: "contain" } as const;
/** What decodes at once; libuv has four threads. */
export const DECODE_AT_ONCE = 8;

/** @throws UserError where sharp has no binary for this machine */
export async function imageDecoder(
  size: readonly [height: number, width: number] | undefined,
  fit: Fit,
): Promise<Decode> {
  const sharp = await loadSharp();
  return async (file) => {
    // Broken files fail rather than come out grey from some row on.
    let image = sharp(file, { failOn: "warning", sequentialRead: true }).autoOrient().removeAlpha();
    if (size !== undefined)
      image = image.resize({ height: size[0], width: size[1], fit: FIT[fit], background: "#000" });
    const { data, info } = await image
      .toColourspace("srgb")
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { height: info.height, width: info.width, bytes: planes(data, info.channels) };
  };
}

async function loadSharp(): Promise<(input: Uint8Array, options: SharpOptions) => Sharp> {
  try {
    const { default: sharp } = await import("sharp");
    // Many small images: one each thread, none kept.
    sharp.cache(false);
    sharp.concurrency(1);
    return sharp;
  } catch (cause) {
    throw new UserError(
      `images cannot be decoded: sharp does not load (${(cause as Error).message})`,
      {
        hint: "reinstall Tidemark for this machine, or convert the images to IDX or CIFAR's binary format",
        cause,
      },
    );
  }
}

/** From pixels one after the other to channels one after the other. */
function planes(pixels: Uint8Array, channels: number): Uint8Array {
  const area = pixels.length / channels;
  const out = new Uint8Array(3 * area);
  for (let c = 0; c < 3; c++) {
    const from = channels >= 3 ? c : 0;
    for (let i = 0, at = from; i < area; i++, at += channels) out[c * area + i] = pixels[at]!;
  }
  return out;
}

/** Whether the three channels are equal everywhere. */
export function isGrey(bytes: Uint8Array): boolean {
  const area = bytes.length / 3;
  for (let i = 0; i < area; i++)
    if (bytes[i] !== bytes[area + i] || bytes[i] !== bytes[2 * area + i]) return false;
  return true;
}
