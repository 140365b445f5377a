/** Sessions inside a child process: the tasks that an isolated engine sends there. */
import { openOnnx, readOnnx } from "../../onnx/index.ts";
import { nodeEngine } from "../node-engine.ts";
import type { DenseTensor, RunOptions, Session, SessionOptions } from "../types.ts";

/** A model travels as bytes, or as the path of a file where it is large. */
export type Parcel =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "file"; readonly path: string };

export interface OpenInput {
  readonly key: string;
  readonly name: string;
  readonly parcel: Parcel;
  readonly options: SessionOptions;
}

export interface RunInput {
  readonly key: string;
  readonly feeds: Readonly<Record<string, DenseTensor>>;
  readonly options: RunOptions;
}

/** `undefined`: this process does not hold the session, since it is new. */
export type RunOutput = Record<string, DenseTensor> | undefined;

const sessions = new Map<string, Session>();

export async function openSession({ key, name, parcel, options }: OpenInput): Promise<void> {
  if (sessions.has(key)) return;
  const { graph } = parcel.kind === "bytes" ? readOnnx(parcel.bytes) : openOnnx(parcel.path);
  sessions.set(key, await nodeEngine.open({ ...graph, name }, options));
}

export async function runSession({ key, feeds, options }: RunInput): Promise<RunOutput> {
  return sessions.get(key)?.run(feeds, options);
}

export async function releaseSession(key: string): Promise<void> {
  const session = sessions.get(key);
  sessions.delete(key);
  await session?.release();
}
