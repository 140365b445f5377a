/** The bytes of a file of the user's, unpacked where it is gzipped. */
import { UserError } from "../../../src/base/errors.ts";

/** @throws UserError where the gzip data is damaged */
export async function bytesOf(file: File): Promise<Uint8Array<ArrayBuffer>> {
  const head = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (!(head[0] === 0x1f && head[1] === 0x8b)) return new Uint8Array(await file.arrayBuffer());
  try {
    const plain = file.stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(plain).arrayBuffer());
  } catch (cause) {
    throw new UserError(`${file.name}: the gzip data is damaged`, {
      hint: "fetch the file again",
      cause,
    });
  }
}
