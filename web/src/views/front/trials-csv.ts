/** The trials that are shown, one a row, with design, values and state. */
import { cell, TRIAL_STATES } from "../../../../src/study/block.ts";
import { csvOf } from "../../export/csv.ts";
import { titleOf } from "./axes.ts";
import type { FrontState } from "./state.ts";

export function trialsCsv(state: FrontState): string {
  const block = state.block.peek();
  const kept = state.kept.peek();
  const front = state.front.peek();
  const unitOf = (name: string) =>
    state.study.peek().objectives.find((o) => o.name === name)?.unit ?? "";
  const header = [
    "trial",
    "state",
    "on front",
    ...block.design.map(({ name }) => name),
    ...block.values.map(({ name }) => titleOf({ label: name, unit: unitOf(name) })),
  ];
  function* rows() {
    for (let row = 0; row < block.count; row++) {
      if (kept[row] === 0) continue;
      yield [
        row,
        TRIAL_STATES[block.states[row]!],
        front?.onFront[row] === 1,
        ...block.design.map((column) => cell(column, row)),
        ...block.values.map(({ data }) => data[row]),
      ];
    }
  }
  return csvOf(header, rows());
}
