/**
 * Arrays with what they mean in one small file, for what the web app ships: a header in JSON, then the
 * arrays' bytes, little-endian, each at a multiple of four.
 *
 *   "TMK1"  uint32 length of the header  header, padded with spaces  arrays
 */
import { UserError } from "../../base/errors.ts";

const MAGIC = [0x54, 0x4d, 0x4b, 0x31];
const KINDS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array } as const;
type Kind = keyof typeof KINDS;
export type StoredArray = Uint8Array | Int32Array | Float32Array;

export interface Stored {
  /** What the arrays are of. */
  readonly about: Readonly<Record<string, unknown>>;
  readonly arrays: Readonly<Record<string, StoredArray>>;
}

interface Header {
  readonly about: Stored["about"];
  readonly arrays: readonly (readonly [name: string, kind: Kind, length: number])[];
}

const padded = (bytes: number) => Math.ceil(bytes / 4) * 4;

export function encodeStored({ about, arrays }: Stored): Uint8Array<ArrayBuffer> {
  const list = Object.entries(arrays).map(([name, array]) => [name, kindOf(array), array] as const);
  const header: Header = {
    about,
    arrays: list.map(([name, kind, { length }]) => [name, kind, length]),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + padded(text.length);
  const size = list.reduce((sum, [, , { byteLength }]) => sum + padded(byteLength), start);
  const out = new Uint8Array(size);
  out.set(MAGIC);
  new DataView(out.buffer).setUint32(4, padded(text.length), true);
  out.fill(0x20, 8, start).set(text, 8);
  let at = start;
  for (const [, , array] of list) {
    out.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += padded(array.byteLength);
  }
  return out;
}

/** @throws UserError where the file is not one, or is cut short */
export function decodeStored(bytes: Uint8Array, name: string): Stored {
  const damaged = (what: string) =>
    new UserError(`${name}: ${what}`, { hint: "build the app anew: npm run build" });
  if (bytes.length < 8 || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw damaged("it does not hold stored arrays");
  const copy = bytes.slice();
  const length = new DataView(copy.buffer).getUint32(4, true);
  let header: Header;
  try {
    header = JSON.parse(new TextDecoder().decode(copy.subarray(8, 8 + length))) as Header;
  } catch {
    throw damaged("its header is damaged");
  }
  let at = 8 + length;
  const arrays: Record<string, StoredArray> = {};
  for (const [array, kind, count] of header.arrays) {
    const ElementArray = KINDS[kind];
    const size = count * ElementArray.BYTES_PER_ELEMENT;
    if (at + size > copy.length) throw damaged(`its array ${array} is cut short`);
    arrays[array] = new ElementArray(copy.buffer, at, count);
    at += padded(size);
  }
  return { about: header.about, arrays };
}

function kindOf(array: StoredArray): Kind {
  if (array instanceof Uint8Array) return "uint8";
  return array instanceof Int32Array ? "int32" : "float32";
}
