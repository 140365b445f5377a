/** A study's state, told by word and shape as well as by colour. */
import type { StudyState } from "../../../../src/server/api/types.ts";

const SHAPES: Readonly<Record<StudyState, string>> = {
  running: "▶",
  finished: "✓",
  interrupted: "❙❙",
};

export const StateBadge = ({ state }: { readonly state: StudyState }) => (
  <span class={`state ${state}`}>
    <span aria-hidden="true">{SHAPES[state]}</span> {state}
  </span>
);
