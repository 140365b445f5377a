/** The morphisms. A new one is a file here and a line in this list. */
import { addBranch } from "./add-branch.ts";
import { addSkip } from "./add-skip.ts";
import { deepen } from "./deepen.ts";
import { deepenSeparable } from "./deepen-separable.ts";
import { enlargeKernel } from "./enlarge-kernel.ts";
import { prune } from "./prune.ts";
import { removeLayer } from "./remove-layer.ts";
import { removeSkip } from "./remove-skip.ts";
import { separate } from "./separate.ts";
import { shrinkKernel } from "./shrink-kernel.ts";
import { squeezeExcite } from "./squeeze-excite.ts";
import type { Morphism } from "./types.ts";
import { widen } from "./widen.ts";

/** Those that keep the function first. */
export const MORPHISMS: readonly Morphism[] = [
  widen,
  deepen,
  deepenSeparable,
  enlargeKernel,
  addSkip,
  addBranch,
  squeezeExcite,
  prune,
  removeLayer,
  removeSkip,
  shrinkKernel,
  separate,
];
