/** The front as a table: sortable, and a row picks its design. */
import { nameOf } from "../decode.ts";
import { unitText } from "../front-svg.ts";
import { ties } from "../ties.ts";
import { byId, h, replace } from "./dom.ts";
import { glyph, glyphLegend, hasGlyph } from "./glyph.ts";
import { designText, type Model, numberedTitle } from "./model.ts";
import type { Store } from "./store.ts";

/** Rows shown before the reader asks for all. */
const FIRST = 200;

interface Head {
  readonly label: string;
  readonly unit: string;
  readonly value: (row: number) => number;
}

export function createFrontTable(model: Model, store: Store): void {
  const { trials } = model;
  const objectives = trials.objectives;
  const tied = ties(objectives, model.front);
  const named = trials.names.length > 0;
  const drawn = hasGlyph(model);
  const heads: Head[] = [
    { label: "Trial", unit: "", value: (row) => row },
    ...objectives.map((o) => ({
      label: o.name,
      unit: unitText(o),
      value: (row: number) => o.data[row]!,
    })),
  ];
  const lead = objectives.findIndex((o) => o.goal === "minimize");
  let sorted = { column: lead < 0 ? 1 : lead + 1, descending: lead < 0 };
  let shown = FIRST;
  const rows = new Map<number, HTMLTableRowElement>();

  const head = h("tr");
  const body = h("tbody");
  const more = h("p", { class: "more" });
  const table = h(
    "table",
    { class: "front" },
    h(
      "caption",
      { class: "visually-hidden" },
      "Designs on the front. Enter on a row shows its layers.",
    ),
    h("thead", {}, head),
    body,
  );
  replace(
    byId("front-table"),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Front" }, table),
    more,
    drawn ? glyphLegend(model) : undefined,
  );

  const fillHead = () =>
    replace(
      head,
      heads.map((column, i) => {
        const on = sorted.column === i;
        const cell = h(
          "th",
          {
            scope: "col",
            class: "number",
            "aria-sort": on ? (sorted.descending ? "descending" : "ascending") : undefined,
          },
          h(
            "button",
            {
              type: "button",
              onclick: () => {
                sorted = { column: i, descending: on ? !sorted.descending : false };
                fill();
              },
            },
            column.label,
            column.unit ? h("span", { class: "unit" }, ` ${column.unit}`) : undefined,
            h(
              "span",
              { class: "arrow", "aria-hidden": "true" },
              on ? (sorted.descending ? " ↓" : " ↑") : "",
            ),
          ),
        );
        return i === 0 && named ? [cell, h("th", { scope: "col" }, "Name")] : cell;
      }),
      drawn ? h("th", { scope: "col" }, "Design") : undefined,
    );
  const fill = () => {
    fillHead();
    const { value } = heads[sorted.column]!;
    const order = [...model.front].sort((a, b) => value(a) - value(b) || a - b);
    if (sorted.descending) order.reverse();
    rows.clear();
    replace(
      body,
      order.slice(0, shown).map((row) => {
        const line = h(
          "tr",
          {
            "data-trial": row,
            onclick: () => store.set({ picked: row }),
            onmouseenter: () => store.set({ hovered: row }),
            onmouseleave: () => store.set({ hovered: undefined }),
          },
          h(
            "td",
            { class: "number" },
            equals(row),
            h(
              "button",
              { type: "button", class: "pick", "aria-label": `Pick ${numberedTitle(model, row)}` },
              row,
            ),
          ),
          named ? h("td", { class: "name" }, nameOf(trials, row)) : undefined,
          objectives.map((o) => h("td", { class: "number" }, model.format(o.name, o.data[row]!))),
          drawn
            ? h("td", { class: "glyph", title: designText(model, row) }, glyph(model, row))
            : undefined,
        );
        rows.set(row, line);
        return line;
      }),
    );
    const hidden = model.front.length - shown;
    replace(
      more,
      hidden > 0
        ? h(
            "button",
            {
              type: "button",
              onclick: () => {
                shown = Number.POSITIVE_INFINITY;
                fill();
              },
            },
            `Show ${hidden} more`,
          )
        : undefined,
    );
    mark();
  };
  const equals = (row: number) => {
    const other = tied.get(row);
    if (other === undefined) return undefined;
    const title = `Ties with trial ${other} in every objective`;
    return h("span", { class: "tie", role: "img", "aria-label": title, title }, "= ");
  };
  const mark = () => {
    for (const [row, line] of rows) {
      const on = row === store.state.picked;
      line.classList.toggle("picked", on);
      if (on) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
      if (on) showIn(line);
    }
  };
  /** Scrolls the table, never the page. */
  const showIn = (line: HTMLTableRowElement) => {
    const scroll = line.closest(".scroll")!;
    const top = line.offsetTop - 2 * line.offsetHeight;
    if (line.offsetTop < scroll.scrollTop + line.offsetHeight) scroll.scrollTop = top;
    else if (line.offsetTop + 2 * line.offsetHeight > scroll.scrollTop + scroll.clientHeight)
      scroll.scrollTop = line.offsetTop + 2 * line.offsetHeight - scroll.clientHeight;
  };
  store.on(["picked"], mark);
  fill();
}
