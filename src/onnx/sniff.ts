/** What a file that is no ONNX model looks like. */

export interface Looks {
  /** With its article: `a zip archive`. */
  readonly what: string;
  readonly hint: string;
}

const GIVE = "give an ONNX model file";
const EXPORT = "export the network with torch.onnx.export first";

interface Signature extends Looks {
  readonly offset: number;
  /** Latin-1. */
  readonly magic: string;
}

const SIGNATURES: readonly Signature[] = [
  { offset: 0, magic: "\x1f\x8b", what: "gzip data", hint: "unpack it: gunzip FILE" },
  { offset: 0, magic: "\x28\xb5\x2f\xfd", what: "Zstandard data", hint: "unpack it: zstd -d FILE" },
  { offset: 0, magic: "\xfd7zXZ", what: "xz data", hint: "unpack it: xz -d FILE" },
  { offset: 0, magic: "BZh", what: "bzip2 data", hint: "unpack it: bzip2 -d FILE" },
  { offset: 0, magic: "7z\xbc\xaf", what: "a 7-Zip archive", hint: "unpack it" },
  { offset: 257, magic: "ustar", what: "a tar archive", hint: "unpack it: tar -xf FILE" },
  { offset: 0, magic: "\x89HDF\r\n\x1a\n", what: "an HDF5 file, as Keras writes", hint: GIVE },
  { offset: 4, magic: "TFL3", what: "a TensorFlow Lite model", hint: GIVE },
  { offset: 4, magic: "ORTM", what: "a model in ONNX Runtime's own format", hint: GIVE },
  { offset: 0, magic: "GGUF", what: "a GGUF model", hint: GIVE },
  { offset: 0, magic: "\x93NUMPY", what: "a NumPy array", hint: GIVE },
  { offset: 0, magic: "\x89PNG", what: "a PNG image", hint: GIVE },
  { offset: 0, magic: "\xff\xd8\xff", what: "a JPEG image", hint: GIVE },
  { offset: 0, magic: "%PDF", what: "a PDF document", hint: GIVE },
  { offset: 0, magic: "\x7fELF", what: "a program or library", hint: GIVE },
  { offset: 0, magic: "SQLite format 3", what: "an SQLite database", hint: GIVE },
];

/** @param head the file's first bytes, some hundred; undefined: nothing that is known */
export function describeBytes(head: Uint8Array): Looks | undefined {
  const at = (offset: number, length: number) =>
    String.fromCharCode(...head.subarray(offset, offset + length));
  for (const { offset, magic, what, hint } of SIGNATURES)
    if (at(offset, magic.length) === magic) return { what, hint };
  const text = at(0, 512);
  if (text.startsWith("PK\u0003\u0004"))
    return /\/data\.pkl|\/version|\/byteorder|\.pkl/.test(text)
      ? { what: "a PyTorch checkpoint (.pt, .pth)", hint: EXPORT }
      : { what: "a zip archive", hint: "unpack it" };
  if (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5)
    return { what: "a Python pickle, as older PyTorch writes", hint: EXPORT };
  if (head[8] === 0x7b && head.subarray(4, 8).every((b) => b === 0))
    return { what: "a safetensors file: weights without a network", hint: EXPORT };
  if (text.startsWith("version https://git-lfs"))
    return { what: "a Git LFS pointer, not the file itself", hint: "run: git lfs pull" };
  if (!isText(head)) return undefined;
  if (/^\s*(<!doctype html|<html)/i.test(text))
    return { what: "a web page", hint: "fetch the file itself, not the page that shows it" };
  if (/^\s*<\?xml|^\s*</.test(text)) return { what: "an XML file", hint: GIVE };
  if (/^\s*[[{]/.test(text)) return { what: "a JSON file", hint: GIVE };
  const line = text.split(/[\r\n]/, 1)[0]!.slice(0, 40);
  return { what: `a text file ("${line}")`, hint: GIVE };
}

function isText(head: Uint8Array): boolean {
  // A few bytes are text by chance.
  if (head.length < 16) return false;
  if (!head.every((b) => b >= 0x20 || (b >= 0x09 && b <= 0x0d))) return false;
  try {
    // The last characters may be cut.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}
