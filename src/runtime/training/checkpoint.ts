/**
 * A training on disk: one file that is replaced when its successor is complete. Layout: 8 bytes
 * `TDMKCKPT`, the length of the JSON as uint32, the JSON, the tensors one after the other, each
 * aligned to 8 bytes, and the SHA-256 of all before it; little-endian.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { UserError } from "../../base/errors.ts";
import type { DenseTensor } from "../types.ts";
import type { Snapshot } from "./trainer.ts";

const MAGIC = "TDMKCKPT";
const VERSION = 1;
const HASH_BYTES = 32;
/** One write call takes at most 2 GiB. */
const PIECE = 2 ** 30;

/** JSON has no NaN: it writes null. */
const Extra = z.record(z.string(), z.union([z.number(), z.null().transform(() => Number.NaN)]));
const Score = z.object({
  loss: z.number(),
  accuracy: z.number(),
  /** Accuracy of further classifiers, by what they are called: exits of a dynamic network. */
  exits: z.record(z.string(), z.number()).optional(),
});
export const EpochSchema = z.object({
  epoch: z.int(),
  train: Score,
  validation: Score.optional(),
  test: Score.optional(),
  learningRate: z.number(),
  seconds: z.number(),
  samplesPerSecond: z.number(),
  preparationShare: z.number(),
  extra: Extra.optional(),
});
const Header = z.object({
  version: z.literal(VERSION),
  identity: z.string(),
  epoch: z.int(),
  batch: z.int(),
  sums: z.object({
    loss: z.number(),
    correct: z.number(),
    learningRate: z.number(),
    seconds: z.number(),
    preparationSeconds: z.number(),
    extra: Extra.optional(),
  }),
  history: z.array(EpochSchema),
  tensors: z.array(
    z.object({ name: z.string(), dtype: z.enum(["float32", "int64"]), dims: z.array(z.int()) }),
  ),
});

/** @param identity what this training is of: network, data, recipe */
export function encodeCheckpoint(snapshot: Snapshot, identity: string): readonly Uint8Array[] {
  const { state, ...at } = snapshot;
  const tensors = Object.entries(state).map(([name, { dtype, dims }]) => ({ name, dtype, dims }));
  const json = new TextEncoder().encode(
    JSON.stringify({ version: VERSION, identity, ...at, tensors }),
  );
  const start = MAGIC.length + 4;
  const head = new Uint8Array(aligned(start + json.length));
  head.set(new TextEncoder().encode(MAGIC));
  new DataView(head.buffer).setUint32(MAGIC.length, json.length, true);
  head.set(json, start);
  const parts: Uint8Array[] = [head];
  for (const { data } of Object.values(state)) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    parts.push(bytes, new Uint8Array(aligned(bytes.length) - bytes.length));
  }
  const hash = createHash("sha256");
  for (const part of parts) for (const piece of pieces(part)) hash.update(piece);
  return [...parts, hash.digest()];
}

/** @throws UserError where it cannot be written; the file of that name is then as it was */
export function writeCheckpoint(path: string, snapshot: Snapshot, identity: string): void {
  replaceFile(path, encodeCheckpoint(snapshot, identity), "the checkpoint");
}

/**
 * Writes beside the file and renames onto it when all is on the disk.
 *
 * @throws UserError where it cannot be written; the file of that name is then as it was
 */
export function replaceFile(path: string, parts: readonly Uint8Array[], what: string): void {
  const temporary = join(dirname(path), `.${basename(path)}-${process.pid}.tmp`);
  try {
    const file = openSync(temporary, "w");
    try {
      for (const part of parts)
        for (const piece of pieces(part))
          for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (cause) {
    rmSync(temporary, { force: true });
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw new UserError(`${what} ${path} cannot be written: ${(cause as Error).message}`, {
      hint: "free some space, or choose another folder; what was there before is whole",
      cause,
    });
  }
}

/** @throws UserError where there is none, or it is damaged */
export function readCheckpoint(path: string): {
  readonly snapshot: Snapshot;
  readonly identity: string;
} {
  let bytes: Uint8Array;
  try {
    // A Buffer's `slice` is a view; what is cut out of this one is a copy.
    bytes = new Uint8Array(readFileSync(path));
  } catch (cause) {
    const gone = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new UserError(
      gone
        ? `there is no checkpoint ${path}`
        : `${path} cannot be read: ${(cause as Error).message}`,
      {
        hint: "give the folder of a training, as its first run named it",
        exitCode: gone ? 2 : 1,
        cause,
      },
    );
  }
  const damaged = (what: string) =>
    new UserError(`the checkpoint ${path} is damaged: ${what}`, {
      hint: "begin the training anew in another folder",
    });
  const body = bytes.subarray(0, Math.max(0, bytes.length - HASH_BYTES));
  if (new TextDecoder().decode(body.subarray(0, MAGIC.length)) !== MAGIC)
    throw damaged(`it does not begin with ${MAGIC}`);
  const hash = createHash("sha256");
  for (const piece of pieces(body)) hash.update(piece);
  if (Buffer.compare(hash.digest(), bytes.subarray(body.length)) !== 0)
    throw damaged("its checksum is wrong");
  const start = MAGIC.length + 4;
  const length = new DataView(body.buffer, body.byteOffset).getUint32(MAGIC.length, true);
  const json: unknown = JSON.parse(new TextDecoder().decode(body.subarray(start, start + length)));
  const version = (json as { version?: unknown }).version;
  if (version !== VERSION)
    throw new UserError(
      `the checkpoint ${path} is of version ${String(version)}, this Tidemark reads ${VERSION}`,
      {
        hint: "resume with the version that began it",
      },
    );
  const { identity, tensors, version: _, ...at } = Header.parse(json);
  const state: Record<string, DenseTensor> = {};
  let offset = aligned(start + length);
  for (const { name, dtype, dims } of tensors) {
    const ElementArray = dtype === "int64" ? BigInt64Array : Float32Array;
    const size = dims.reduce((a, b) => a * b, ElementArray.BYTES_PER_ELEMENT);
    if (offset + size > body.length) throw damaged(`${name} ends beyond it`);
    const copy = body.slice(offset, offset + size).buffer;
    state[name] = { dtype, dims, data: new ElementArray(copy) };
    offset += aligned(size);
  }
  return { snapshot: { ...withoutUndefined(at), state }, identity };
}

/** What a process that was killed left behind. */
export function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder))
    if (/^\..+-\d+\.tmp$/.test(name)) rmSync(join(folder, name), { force: true });
}

type Parsed = Omit<z.infer<typeof Header>, "identity" | "tensors" | "version">;

/** Zod's optional keys may be undefined; here they are absent then. */
function withoutUndefined(at: Parsed): Omit<Snapshot, "state"> {
  return at as Omit<Snapshot, "state">;
}

/** So that the new name survives a power cut; Windows opens no folders. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

const aligned = (length: number) => Math.ceil(length / 8) * 8;

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}
