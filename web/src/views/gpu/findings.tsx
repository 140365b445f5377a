/** All that is shown of a side: percent of peak, limiters and advice, timeline, kernels, roofline. */
import { useCallback } from "preact/hooks";
import { Glossary } from "../../components/terms.tsx";
import { route, setQuery } from "../../router.ts";
import { CompareSection } from "./compare.tsx";
import type { Side } from "./evaluate.ts";
import { KernelSection } from "./kernel-section.tsx";
import { KernelTable } from "./kernel-table.tsx";
import { Notes } from "./notes.tsx";
import { Overview } from "./overview.tsx";
import { Roofline } from "./roofline.tsx";
import { StaircaseSection } from "./staircase/section.tsx";
import { TimelineSection } from "./timeline-section.tsx";

interface Props {
  readonly a: Side;
  readonly b: Side | undefined;
}

export function Findings({ a, b }: Props) {
  const picked = pickedOf(route.value.query.kernel, a);
  const pick = useCallback(
    (kernel: number | undefined) =>
      setQuery({ kernel: kernel === undefined ? undefined : String(kernel + 1) }),
    [],
  );
  return (
    <>
      <Overview a={a} b={b} />
      <TimelineSection sides={b === undefined ? [a] : [a, b]} picked={picked} onPick={pick} />
      {b !== undefined && <CompareSection a={a} b={b} />}
      <div class={picked === undefined ? undefined : "columns wide-left"}>
        <KernelTable side={a} picked={picked} onPick={pick} />
        {picked !== undefined && <KernelSection a={a} b={b} picked={picked} />}
      </div>
      <Roofline a={a} b={b} picked={picked} onPick={pick} />
      <StaircaseSection side={a} />
      <Glossary />
      <Notes sides={b === undefined ? [a] : [a, b]} />
    </>
  );
}

/** The address counts kernels from 1, as the table does. */
function pickedOf(text: string | undefined, { kernels }: Side): number | undefined {
  const at = Number(text) - 1;
  return Number.isInteger(at) && at >= 0 && at < kernels.length ? at : undefined;
}
