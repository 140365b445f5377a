/** The plot's controls: which values, which axes, zoom, export. */
import { unitText } from "../front-svg.ts";
import { byId, h } from "./dom.ts";
import type { Model } from "./model.ts";
import type { Store } from "./store.ts";

/** What the plot's buttons do. */
export interface Actions {
  readonly zoomIn: () => void;
  readonly zoomOut: () => void;
  readonly all: () => void;
  readonly front: () => void;
  readonly svg: () => void;
  readonly png: () => void;
}

export function buildControls(model: Model, store: Store, actions: Actions): void {
  const { measured } = model.trials;
  const button = (label: string, title: string, action: () => void) =>
    h("button", { type: "button", title, "aria-label": title, onclick: action }, label);
  const axis = (key: "x" | "y", kind: "xAxis" | "yAxis", label: string) => {
    const log = h("input", {
      type: "checkbox",
      onchange: () => store.set({ [kind]: log.checked ? "log" : "linear" }),
    });
    const select = h(
      "select",
      { "aria-label": label, onchange: () => store.set({ [key]: select.value }) },
      measured.map((m) =>
        h(
          "option",
          { value: m.name, selected: m.name === store.state[key] },
          m.unit ? `${m.name} (${unitText(m)})` : m.name,
        ),
      ),
    );
    const usable = () => {
      const { data } = model.measured(store.state[key]);
      log.disabled = !data.some((v) => v > 0);
    };
    store.on([key], usable);
    usable();
    return h(
      "span",
      { class: "axis" },
      h("label", {}, key === "x" ? "Across " : "Upwards ", select),
      h("label", { class: "check" }, log, " log"),
    );
  };
  byId("plot-controls").replaceChildren(
    axis("x", "xAxis", "Value across"),
    axis("y", "yAxis", "Value upwards"),
    h(
      "span",
      { class: "buttons", role: "group", "aria-label": "Zoom" },
      button("+", "Zoom in", actions.zoomIn),
      button("−", "Zoom out", actions.zoomOut),
      button("Front", "Show the front", actions.front),
      button("All", "Show all designs", actions.all),
    ),
    h(
      "span",
      { class: "buttons", role: "group", "aria-label": "Save the plot" },
      button("PNG", "Save the plot as PNG", actions.png),
      button("SVG", "Save the plot as SVG", actions.svg),
    ),
  );
}
