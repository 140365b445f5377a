/** What the page and the worker that runs networks tell each other. */

import type { Graph } from "../../../../../src/graph/types.ts";
import type { DenseTensor } from "../../../../../src/runtime/types.ts";
import type { ApiError } from "../../../../../src/server/api/types.ts";

export type Ask =
  | { readonly kind: "open"; readonly session: number; readonly graph: Graph }
  | {
      readonly kind: "run";
      readonly session: number;
      readonly feeds: Readonly<Record<string, DenseTensor>>;
    }
  | { readonly kind: "release"; readonly session: number };

/** `ms`: of the run itself. */
export type Answer =
  | { readonly kind: "done"; readonly ms: number; readonly outputs: Record<string, DenseTensor> }
  | { readonly kind: "failed"; readonly error: ApiError };

export type Asked = Ask & { readonly id: number };
export type Answered = Answer & { readonly id: number };
