/** A measured latency of one node's work, with the launch that was profiled where it is known. */
import type { Work } from "../../ops/types.ts";
import type { LaunchChoice } from "../kernels/index.ts";
import type { Precision } from "../types.ts";
import type { Recorded } from "./recorded.ts";

export interface Observation {
  /** Board id as in the device files. */
  readonly device: string;
  /** e.g. `neusight`, `deepbench`. */
  readonly origin: string;
  /** `linear`, `bmm`, `conv3x3`, `gemm`, `conv`. */
  readonly family: string;
  readonly precision: Precision;
  readonly work: Work;
  readonly measuredUs: number;
  /** Place in its table and board's rows, 0 to 1, where the overhead grows along them: harness.ts. */
  readonly position?: number;
  /** The algorithm, tile and split that ran; absent where the profile does not say. */
  readonly launched?: LaunchChoice & { readonly blocks?: number };
  /** What the profile says ran, also of algorithms that the model does not have. */
  readonly recorded?: Recorded;
  /** Timed by the GPU's own clock: the measuring program added nothing. */
  readonly onGpu?: boolean;
  /** What keeps launches of one work apart that the model does not, e.g. how operands are stored. */
  readonly variant?: string;
  /** Identity of the shape, without the board: rows of one shape stay on one side of a split. */
  readonly shape: string;
}

const FOLDS = 5;

/** One shape in five is held out of every fit, the same one on every board. */
export function isHeldOut(observation: Observation): boolean {
  return shapeHash(observation.shape) % FOLDS === 0;
}

/** FNV-1a with murmur3's final mixer. */
export function shapeHash(shape: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < shape.length; i++) h = Math.imul(h ^ shape.charCodeAt(i), 0x01000193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}
