/** Pictures as PNG. */
import sharp from "sharp";
import type { Picture } from "./picture.ts";

export async function pngOf({ width, height, data }: Picture): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** @param svg with its own size; drawn at twice that */
export async function pngOfSvg(svg: string): Promise<Buffer> {
  return sharp(Buffer.from(svg), { density: 144 }).png().toBuffer();
}
