/** What every part of the reader needs: where the bytes are, and where to say what was odd. */
import type { Payload } from "./scan.ts";
import type { ByteSource } from "./source.ts";

/** Finds the file of tensors stored outside the model; throws `UserError` where it may not be read. */
export type ExternalFiles = (location: string) => ExternalFile;

/** A source, or why there is none (the structure can be read all the same). */
export type ExternalFile = ByteSource | { readonly missing: string };

export interface ReadContext {
  /** Of the model, for messages. */
  readonly name: string;
  readonly source: ByteSource;
  readonly payloads: readonly Payload[];
  readonly external: ExternalFiles | undefined;
  /** Says it once. */
  warn(message: string): void;
  /** A symbol for a dimension that the file leaves open, the same for the same place. */
  freeDim(value: string, axis: number): string;
}
