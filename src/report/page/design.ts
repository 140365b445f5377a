/** The picked design: what it is, and why it is, or is not, worth having. */

import { difference, neighbours, rivals, sign } from "../dominance.ts";
import { cellOf } from "../encode.ts";
import { formatNumber, formatPercent } from "../number.ts";
import { byId, type Child, h, replace } from "./dom.ts";
import { type Model, titleOf, valueText, withUnit } from "./model.ts";
import type { Store } from "./store.ts";

export function createDesign(model: Model, store: Store): void {
  const { trials } = model;
  const values = trials.objectives.map((o) => o.data);
  const show = () => {
    const row = store.state.picked;
    if (row === undefined) {
      replace(
        byId("design"),
        h("p", { class: "empty" }, "Pick a design in the plot or in the table."),
      );
      return;
    }
    const design = trials.parameters.flatMap((column) => {
      const value = cellOf(column, row);
      return value === undefined ? [] : [[column.name, value] as const];
    });
    replace(
      byId("design"),
      h(
        "div",
        { class: "cards" },
        h(
          "div",
          { class: "card" },
          h("h3", {}, titleOf(model, row), badge(row)),
          trials.names.length === 0
            ? undefined
            : h(
                "p",
                { class: "hint" },
                [
                  `Trial ${row}`,
                  ...trials.names
                    .map((c) => [c.name, String(cellOf(c, row) ?? "–")] as const)
                    .filter(([, text]) => text !== titleOf(model, row))
                    .map(([name, text]) => `${name} ${text}`),
                ].join(", "),
              ),
          h(
            "dl",
            { class: "values" },
            trials.measured.map((m) => [
              h("dt", {}, m.name),
              h("dd", {}, valueText(model, m, row)),
            ]),
          ),
        ),
        h("div", { class: "card" }, h("h3", {}, "Why"), standing(row)),
        h(
          "div",
          { class: "card" },
          h("h3", {}, "Parameters"),
          design.length === 0
            ? h("p", {}, "None.")
            : h(
                "dl",
                { class: "values parameters" },
                design.map(([name, value]) => [
                  h("dt", {}, name),
                  h(
                    "dd",
                    { title: String(value) },
                    typeof value === "number" && !Number.isInteger(value)
                      ? formatNumber(value, 6)
                      : String(value),
                  ),
                ]),
              ),
        ),
      ),
    );
  };
  const badge = (row: number): Child => {
    const state = trials.states[row]!;
    if (state !== "complete") return h("span", { class: "badge off" }, state);
    return trials.onFront[row] === 1
      ? h("span", { class: "badge on" }, "on the front")
      : h("span", { class: "badge off" }, "dominated");
  };
  const pickButton = (row: number) =>
    h(
      "button",
      { type: "button", class: "link", onclick: () => store.set({ picked: row }) },
      titleOf(model, row),
    );
  const standing = (row: number): Child => {
    if (trials.states[row] !== "complete")
      return h("p", {}, `This design is ${trials.states[row]}; it does not compete for the front.`);
    if (trials.onFront[row] === 1) {
      const near = neighbours(trials.objectives, values, model.front, row);
      return [
        h(
          "p",
          {},
          "No design is better in one objective without being worse in another. Next to it on the front:",
        ),
        h(
          "ul",
          { class: "plain" },
          near.map(({ trial, betterIn }) => {
            const gain = change(betterIn, trial, row);
            const costs = trials.objectives.flatMap((_, m) =>
              m === betterIn ? [] : [change(m, trial, row)],
            );
            return h("li", {}, pickButton(trial), ": ", gain, ", ", join(costs), ".");
          }),
        ),
      ];
    }
    const better = rivals(trials.objectives, values, model.front, row);
    return [
      h(
        "p",
        {},
        "Not worth having: these designs of the front are at least as good in every objective.",
      ),
      h(
        "ul",
        { class: "plain" },
        better.map(({ trial }) =>
          h(
            "li",
            {},
            pickButton(trial),
            ": ",
            join(trials.objectives.map((_, m) => change(m, trial, row))),
            ".",
          ),
        ),
      ),
    ];
  };
  /** What `other` has more or less than `row` in objective `m`, marked as better or worse. */
  const change = (m: number, other: number, row: number): Child => {
    const o = trials.objectives[m]!;
    const from = o.data[row]!;
    const delta = difference(o.data[other]!, from);
    if (delta === 0) return h("span", {}, `the same ${o.name}`);
    const better = sign(o) * delta > 0;
    const size = formatNumber(Number(Math.abs(delta).toPrecision(3)), 3);
    const unit = o.unit === "%" ? "points" : o.unit;
    const relative =
      o.unit === "%" || from === 0
        ? ""
        : ` (${delta > 0 ? "+" : "−"}${formatPercent(Math.abs(delta / from))})`;
    return h(
      "span",
      { class: better ? "better" : "worse" },
      `${delta > 0 ? "+" : "−"}${withUnit(size, unit)} ${o.name}${relative}`,
    );
  };
  store.on(["picked"], show);
  show();
}

function join(parts: readonly Child[]): Child {
  return parts.map((part, i) => (i === 0 ? part : [", ", part]));
}
