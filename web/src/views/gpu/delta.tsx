/** The other side's figure and its change, marked only where the two differ as they are shown. */
import { formatPercent } from "../../../../src/report/number.ts";

interface Props {
  readonly a: number;
  readonly b: number;
  readonly text: (x: number) => string;
  /** Whether less is better; absent: more is not better either, where it is neither. */
  readonly lower?: boolean;
}

export function Delta({ a, b, text, lower }: Props) {
  if (text(a) === text(b)) return <span class="delta muted">B: the same</span>;
  const better = lower === undefined ? "" : lower === b < a ? "better" : "worse";
  return (
    <span class="delta">
      B: <b>{text(b)}</b> <span class={better}>{changeText(a, b)}</span>
    </span>
  );
}

/** `+12 %`; from 3 times on as a factor. */
export function changeText(a: number, b: number): string {
  if (a === 0) return b === 0 ? "" : "new";
  const ratio = b / a;
  if (ratio >= 3) return `${ratio.toPrecision(3)}×`;
  return ratio > 1 ? `+${formatPercent(ratio - 1)}` : `−${formatPercent(1 - ratio)}`;
}
