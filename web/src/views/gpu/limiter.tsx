/** A limiter's colour and name; of a kernel that its launch limits, also what would be next. */
import type { Kernel, Limiter as LimiterName } from "../../../../src/gpu/types.ts";
import { LIMITER_MEANING, limiterText } from "../../../../src/report/kernels.ts";
import { TERMS } from "../../components/terms.tsx";

export const Limiter = ({ kernel }: { readonly kernel: Kernel }) => (
  <span
    class="limiter"
    title={kernel.limiter === "launch" ? TERMS["launch (memory)"] : LIMITER_MEANING[kernel.limiter]}
  >
    <Swatch limiter={kernel.limiter} />
    {limiterText(kernel)}
  </span>
);

export const Swatch = ({ limiter }: { readonly limiter: LimiterName }) => (
  <i class={`swatch ${limiter}`} aria-hidden="true" />
);
