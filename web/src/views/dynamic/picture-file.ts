/** Image files as the network's pixels, and pixels as pictures: what needs a canvas. */
import { UserError } from "../../../../src/base/errors.ts";
import { centreCrop, type InputShape, type Pixels, pixelsOf, rgbaOf } from "./input.ts";

/** @throws UserError where the browser cannot read the file as an image */
export async function pixelsOfFile(
  file: File,
  { channels, height, width }: InputShape,
  invert: boolean,
): Promise<Pixels> {
  let image: ImageBitmap;
  try {
    image = await createImageBitmap(file);
  } catch {
    throw new UserError(`${file.name} is no image that this browser reads`, {
      hint: "give a PNG, JPEG, WebP, GIF or BMP file, or an .onnx file of a dynamic network",
    });
  }
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "#000";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  const part = centreCrop(image.width, image.height, width / height);
  context.drawImage(image, part.x, part.y, part.width, part.height, 0, 0, width, height);
  image.close();
  return pixelsOf(context.getImageData(0, 0, width, height).data, channels, invert);
}

/** PNG as a data address, for an `img` or an SVG `image`: both keep it when they are exported. */
export function pictureUrl(pixels: Pixels, shape: InputShape): string {
  const canvas = document.createElement("canvas");
  canvas.width = shape.width;
  canvas.height = shape.height;
  canvas
    .getContext("2d")!
    .putImageData(new ImageData(rgbaOf(pixels, shape), shape.width, shape.height), 0, 0);
  return canvas.toDataURL("image/png");
}
