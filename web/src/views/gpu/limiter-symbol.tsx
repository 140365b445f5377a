/** A shape for each limiter, for those who do not tell the colours apart. */
import { LIMITERS, type Limiter } from "../../../../src/gpu/types.ts";

/** As large as a circle of the radius, around 0. */
export function symbolPath(limiter: Limiter, radius: number): string {
  const r = radius.toFixed(2);
  switch (limiter) {
    case "compute":
      return `M-${r} 0A${r} ${r} 0 1 1 ${r} 0A${r} ${r} 0 1 1 -${r} 0Z`;
    case "memory": {
      const a = (radius * 0.89).toFixed(2);
      return `M-${a} -${a}H${a}V${a}H-${a}Z`;
    }
    case "tail": {
      const a = radius * 1.35;
      return `M0 ${(-a).toFixed(2)}L${(a * 0.866).toFixed(2)} ${(a / 2).toFixed(2)}H${(-a * 0.866).toFixed(2)}Z`;
    }
    case "launch": {
      const a = (radius * 1.25).toFixed(2);
      return `M0 -${a}L${a} 0L0 ${a}L-${a} 0Z`;
    }
  }
}

export const LimiterKey = () => (
  <span class="limiter-key">
    {[...LIMITERS].reverse().map((limiter) => (
      <span key={limiter}>
        <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
          <path d={symbolPath(limiter, 4.5)} fill={`var(--${limiter})`} />
        </svg>
        {limiter}
      </span>
    ))}
  </span>
);
