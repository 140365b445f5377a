/** A limiter's colour and name; of a kernel that its launch limits, also what would be next. */
import type { Kernel, Limiter as LimiterName } from "../../../../src/gpu/types.ts";
import { LIMITER_MEANING, limiterText } from "../../../../src/report/kernels.ts";

export const Limiter = ({ kernel }: { readonly kernel: Kernel }) => (
  <span class="limiter" title={LIMITER_MEANING[kernel.limiter]}>
    <Swatch limiter={kernel.limiter} />
    {limiterText(kernel)}
  </span>
);

export const Swatch = ({ limiter }: { readonly limiter: LimiterName }) => (
  <i class={`swatch ${limiter}`} aria-hidden="true" />
);
