/** What the words of the model mean: on hover, for screen readers, and as a list. */
import type { ComponentChildren } from "preact";
import "./terms.css";

export const TERMS = {
  "percent of peak":
    "what was done in a stretch of time, over what the device's data sheet allows in it; of arithmetic, over what the units that each kernel runs on can do",
  wave: "the blocks that all SMs hold at a time; a kernel with more blocks runs in several waves",
  tail: "the end of a kernel, where some SMs have run out of blocks and wait for the busiest one",
  "lost to the tail":
    "time in which the mean SM waits for the busiest one, of kernels that arithmetic or the tail limits; where memory or the launch takes longest, idle SMs cost nothing",
  "waves lost": "empty places for blocks in the last wave, in waves; counted where they cost time",
  "SM slots filled": "blocks of a kernel over the places for blocks in all of its waves",
  "launch (memory)":
    "getting the kernel started takes longer than its work; in brackets what would limit it without that: memory, compute or the tail",
  tuned:
    "the library timed its algorithms for each layer and took the fastest (cudnn.benchmark), as compiled networks do; eager PyTorch takes the library's own choice",
  "not calibrated":
    "from the device's data sheet and the parameters of its architecture, with no measurement on the device; trust ranks more than milliseconds",
} as const;
export type TermName = keyof typeof TERMS;

interface Props {
  readonly of: TermName;
  readonly children: ComponentChildren;
}

export const Term = ({ of, children }: Props) => (
  <dfn class="term" title={TERMS[of]}>
    {children}
  </dfn>
);

export const Glossary = () => (
  <details class="panel glossary">
    <summary>What the words mean</summary>
    <dl>
      {Object.entries(TERMS).map(([term, meaning]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  </details>
);
